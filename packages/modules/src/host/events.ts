import { channel } from "node:diagnostics_channel";
import type { RetainingPath } from "@heapwise/leaks";
import type { LeftBehind } from "../scope/left-behind.ts";

/** The version of a module that an event is about. */
export interface ModuleVersionName {
  /** The name of the module. */
  readonly module: string;
  /** The number of the version; 0 if it was not made. */
  readonly version: number;
}

/** Events of a host, by name. */
export interface ModuleHostEvents {
  /** A module is loaded, and active. */
  readonly load: ModuleVersionName & { readonly durationMs: number };
  /** A new version is active; `version` is the new one. */
  readonly reload: ModuleVersionName & { readonly durationMs: number };
  /**
   * A load or reload failed, or a worker ended by itself while no call waited for it. After a
   * failed reload the version before it stays active.
   */
  readonly error: ModuleVersionName & { readonly error: unknown };
  /** A version was unloaded, or replaced and ended. */
  readonly unload: ModuleVersionName;
  /** All code of an unloaded version was collected. */
  readonly reclaimed: ModuleVersionName & { readonly how: "plainly" | "lazily" };
  /** An unloaded version is held. */
  readonly retained: ModuleVersionName & { readonly retained: readonly RetainingPath[] };
  /** A version did not end by itself all that it made. */
  readonly "left-behind": ModuleVersionName & { readonly leftBehind: readonly LeftBehind[] };
  /** A module runs in a backend that cannot unload it. */
  readonly "not-unloadable": ModuleVersionName & { readonly reason: string };
}

type Listener<Name extends keyof ModuleHostEvents> = (event: ModuleHostEvents[Name]) => void;

const NAMES: readonly (keyof ModuleHostEvents)[] = [
  "load",
  "reload",
  "error",
  "unload",
  "reclaimed",
  "retained",
  "left-behind",
  "not-unloadable",
];

/** Prefix of the names of the channels of `diagnostics_channel` that get every event too. */
const CHANNELS = "heapwise:modules:";

/** The listeners of a host, and the channels of `diagnostics_channel`. */
export class EventHub {
  readonly #listeners = new Map<keyof ModuleHostEvents, Set<Listener<never>>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError Called with the error of a listener; the others still run. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Whether a text is the name of an event. */
  static isName(name: unknown): name is keyof ModuleHostEvents {
    return NAMES.includes(name as keyof ModuleHostEvents);
  }

  static get names(): readonly string[] {
    return NAMES;
  }

  /** Adds a listener. Each call adds one, and its result removes that one. */
  on<Name extends keyof ModuleHostEvents>(name: Name, listener: Listener<Name>): () => void {
    const own: Listener<Name> = (event) => listener(event);
    let all = this.#listeners.get(name);
    if (all === undefined) this.#listeners.set(name, (all = new Set()));
    all.add(own as Listener<never>);
    return () => void all.delete(own as Listener<never>);
  }

  /** Whether anything would get an event. */
  isHeard(name: keyof ModuleHostEvents): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0 || channel(CHANNELS + name).hasSubscribers;
  }

  /** Calls all listeners, in the order in which they were added, and publishes the event. */
  emit<Name extends keyof ModuleHostEvents>(name: Name, event: ModuleHostEvents[Name]): void {
    const listeners = [...(this.#listeners.get(name) ?? [])];
    for (const listener of listeners) {
      try {
        (listener as Listener<Name>)(event);
      } catch (error) {
        this.#onError(error);
      }
    }
    const published = channel(CHANNELS + name);
    if (published.hasSubscribers) published.publish(event);
  }
}
