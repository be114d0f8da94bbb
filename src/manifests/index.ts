export { findBypasses } from "./bypasses/find.ts";
export { removeBypasses } from "./bypasses/remove.ts";
export { chooseSplit, findSplits } from "./find.ts";
export { kindRows, kindsPage } from "./kinds-page.ts";
export { toPercent, toWeights } from "./percent.ts";
export { setRoutes, standingRoutes } from "./routes/set-routes.ts";
export { setImages } from "./set-images.ts";
export { setWeights } from "./set-weights.ts";
export { readWorkload } from "./workload.ts";
