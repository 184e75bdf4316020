import type { Backend } from "../backends/backend.ts";
import type { EventHub } from "../host/events.ts";
import type { Settings } from "../host/options.ts";
import type { InstanceGraph } from "../instances/instance-graph.ts";
import type { Afterlife } from "../proof/afterlife.ts";
import type { Resolver } from "../resolution/resolver.ts";
import type { ModuleLinker } from "./module-linker.ts";
import type { Roots } from "./roots.ts";

/** Counts of the deeds of a host. */
export interface Tally {
  loads: number;
  reloads: number;
  unloads: number;
  failures: number;
}

/** The parts that the operations of one host share. */
export interface HostParts {
  readonly settings: Settings;
  readonly events: EventHub;
  readonly resolver: Resolver;
  readonly graph: InstanceGraph;
  readonly linker: ModuleLinker;
  readonly roots: Roots;
  readonly backends: readonly Backend[];
  readonly afterlife: Afterlife;
  readonly tally: Tally;
  /** Throws if the host is disposed of. */
  readonly checkOpen: (action: string) => void;
  /** Reports the error of something for which nobody waits. */
  readonly inBackground: (work: Promise<unknown>) => void;
  /** Resolves once nothing runs in the background. */
  readonly settled: () => Promise<void>;
}
