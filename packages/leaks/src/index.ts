export { LeakError } from "./assertions/leak-error.ts";
export type { Leak } from "./assertions/leak-error.ts";
export type { Location, PathStep, RetainingPath, RootKind } from "./paths/retaining-path.ts";
