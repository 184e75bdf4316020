export { LeakError } from "./assertions/leak-error.ts";
export type { Leak } from "./assertions/leak-error.ts";
export { collectGarbage } from "./collection/collect-garbage.ts";
export type { Collection, CollectGarbageOptions } from "./collection/collect-garbage.ts";
export { countInstances } from "./collection/count-instances.ts";
export type { CountInstancesOptions } from "./collection/count-instances.ts";
export { gcStats } from "./collection/gc-stats.ts";
export type { GcKind, GcStats } from "./collection/gc-stats.ts";
export type { Location, PathStep, RetainingPath, RootKind } from "./paths/retaining-path.ts";
