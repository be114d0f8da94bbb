import { fileURLToPath } from "node:url";

/** A process of ours starts in two thirds of the time when what Node compiled before is at hand. */
export const COMPILED = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url)),
};
