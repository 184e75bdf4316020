import type { Backend } from "../backends/backend.ts";
import type { EventHub } from "../host/events.ts";
import type { Settings } from "../host/options.ts";
import type { InstanceGraph } from "../instances/instance-graph.ts";
import type { Resolver } from "../resolution/resolver.ts";
import type { ModuleLinker } from "./module-linker.ts";
import type { Roots } from "./roots.ts";

/** What the operations of one host share. */
export interface HostParts {
  readonly settings: Settings;
  readonly events: EventHub;
  readonly resolver: Resolver;
  readonly graph: InstanceGraph;
  readonly linker: ModuleLinker;
  readonly roots: Roots;
  readonly backends: readonly Backend[];
}
