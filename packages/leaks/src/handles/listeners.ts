import { nodeModule } from "../host/node-modules.ts";
import { Stack } from "./stacks.ts";
import type { Census, Finding, Trace } from "./traces.ts";

type Listener = (...args: unknown[]) => unknown;

/** The part of an `EventEmitter` that is used. */
interface Emitter {
  on(event: "newListener", listener: (event: string | symbol, added: Listener) => void): unknown;
  off(event: "newListener", listener: (event: string | symbol, added: Listener) => void): unknown;
  listeners(event: string | symbol): readonly unknown[];
}

/** Node adds listeners to its streams for workers and for `console`, and removes them. */
const OF_NODE = /worker|child_process|console|bootstrap/;

/** Reports listeners that are added to `process` and its streams, until `stop` is called. */
export class ListenerWatch {
  readonly #removals: (() => void)[] = [];

  /** @param censuses The censuses in whose context the current code runs. */
  constructor(censuses: () => readonly Census[]) {
    for (const [emitter, name] of emitters()) {
      const onAdd = (event: string | symbol, listener: Listener): void => {
        const watching = censuses();
        if (watching.length === 0) return;
        const stack = new Stack(onAdd, "_addListener");
        const trace = new ListenerTrace(emitter, name, event, listener, stack);
        for (const census of watching) census.add(trace);
      };
      emitter.on("newListener", onAdd);
      this.#removals.push(() => emitter.off("newListener", onAdd));
    }
  }

  stop(): void {
    for (const remove of this.#removals.splice(0)) remove();
  }
}

class ListenerTrace implements Trace {
  readonly #emitter: Emitter;
  readonly #name: string;
  readonly #event: string | symbol;
  readonly #listener: Listener;
  readonly #stack: Stack;
  /** How often the emitter had the same listener before. */
  readonly #before: number;

  constructor(
    emitter: Emitter,
    name: string,
    event: string | symbol,
    listener: Listener,
    stack: Stack,
  ) {
    this.#emitter = emitter;
    this.#name = name;
    this.#event = event;
    this.#listener = listener;
    this.#stack = stack;
    this.#before = this.#count();
  }

  find(): Finding | undefined {
    const stack = this.#stack;
    if (stack.isForeign || this.#count() <= this.#before) return undefined;
    const isOfNode =
      this.#name === "process"
        ? stack.maker === undefined || stack.internals.some((url) => url !== "node:events")
        : stack.internals.some((url) => OF_NODE.test(url));
    if (isOfNode) return undefined;
    const event = typeof this.#event === "symbol" ? String(this.#event) : `"${this.#event}"`;
    return { kind: "listener", name: `listener of ${this.#name} ${event}`, stack, mayEnd: false };
  }

  #count(): number {
    return this.#emitter.listeners(this.#event).filter((each) => each === this.#listener).length;
  }
}

/**
 * The emitters that live as long as the process. Jest gives its tests a copy of `process`. Reading
 * the streams makes them, which must happen outside of what is watched.
 */
function emitters(): Map<Emitter, string> {
  const found = new Map<Emitter, string>();
  for (const host of [(globalThis as { process?: object }).process, nodeModule("node:process")]) {
    if (host === undefined) continue;
    const names = ["stdin", "stdout", "stderr"] as const;
    const streams = names.map((name) => [readStream(host, name), `process.${name}`] as const);
    for (const [emitter, name] of [[host, "process"] as const, ...streams]) {
      if (isEmitter(emitter) && !found.has(emitter)) found.set(emitter, name);
    }
  }
  return found;
}

function readStream(host: object, name: "stdin" | "stdout" | "stderr"): unknown {
  try {
    return (host as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

function isEmitter(value: unknown): value is Emitter {
  const { on, off, listeners } = (value ?? {}) as Partial<Record<string, unknown>>;
  return [on, off, listeners].every((each) => typeof each === "function");
}
