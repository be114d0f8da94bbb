// AWS looks for a handler in .js, .mjs and .cjs files only; Node 24 runs the TypeScript behind it as it is.
export { sweep, webhook } from "./lambda.ts";
