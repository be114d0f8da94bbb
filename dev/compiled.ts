import { fileURLToPath } from "node:url";

/** For a process of ours, which starts sooner when what Node compiled before is at hand. */
export const COMPILED = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url)),
};
