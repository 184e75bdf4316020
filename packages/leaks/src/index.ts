export type { Location, PathStep, RetainingPath, RootKind } from "./paths/retaining-path.ts";
