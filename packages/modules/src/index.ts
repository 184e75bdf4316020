export { ModuleHost } from "./host/module-host.ts";
export type { LoadOptions, PurgeOptions } from "./host/module-host.ts";
export type { Clock, ModuleHostOptions, ResolveContext, ResourceLimits } from "./host/options.ts";
export type { ModuleHostEvents, ModuleVersionName } from "./host/events.ts";
export {
  ModuleHostDisposedError,
  ModuleLoadError,
  ModuleRetainedError,
  ModuleUnloadedError,
} from "./host/errors.ts";
export type { Holder, LoadPhase } from "./host/errors.ts";
export { LazyModule } from "./host/lazy-module.ts";
export { LoadedModule } from "./host/loaded-module.ts";
export { ModuleLease } from "./host/module-lease.ts";
export type { ModuleHostStats } from "./host/stats.ts";
export type { ModuleGraph, ModuleKey, ModuleNode } from "./instances/describe-graph.ts";
export type { ModuleState } from "./instances/module-instance.ts";
export type { ReloadOptions } from "./lifecycle/reloads.ts";
export type { SoftPurge, UnloadOptions, UnloadReport } from "./lifecycle/unloads.ts";
export type { Zombie } from "./proof/remains.ts";
export type { BackendName, ModuleFormat, ModuleSpec } from "./resolution/module-spec.ts";
export type { Hot, HotEvents } from "./scope/hot.ts";
export type { HotTimers } from "./scope/hot-timers.ts";
export type { LeftBehind, LeftBehindKind } from "./scope/left-behind.ts";
export type { Transform, TransformContext, TransformResult } from "./source/transform.ts";
export type { WatchOptions } from "./watching/module-watch.ts";
