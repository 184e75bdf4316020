import { nodeModule } from "../host/node-modules.ts";
import { Stack } from "./stacks.ts";
import type { Census, Finding, Trace } from "./traces.ts";

type Method = (this: Channel, key: object, ...rest: unknown[]) => unknown;

interface Channel {
  readonly name: string | symbol;
}

/** Methods of a channel: what adds a subscriber or a store, and what removes it. */
const PAIRS = [
  ["subscribe", "unsubscribe"],
  ["bindStore", "unbindStore"],
] as const;

/**
 * Reports subscribers of `diagnostics_channel`, until `stop` is called. Node lists neither channels
 * nor subscribers, so that the methods of active channels are replaced for that time.
 */
export class SubscriberWatch {
  readonly #restore: (() => void)[] = [];

  /** @param censuses The censuses in whose context the current code runs. */
  constructor(censuses: () => readonly Census[]) {
    const prototype = prototypeOfActive();
    if (prototype === undefined) return;
    for (const [adding, removing] of PAIRS) {
      const [add, remove] = [prototype[adding], prototype[removing]];
      if (typeof add !== "function" || typeof remove !== "function") continue;
      const traces: SubscriberTrace[] = [];
      const added: Method = function (key, ...rest) {
        const watching = censuses();
        if (watching.length > 0) {
          const trace = new SubscriberTrace(this, key, new Stack(added));
          traces.unshift(trace);
          for (const census of watching) census.add(trace);
        }
        return add.call(this, key, ...rest);
      };
      const removed: Method = function (key, ...rest) {
        const at = traces.findIndex((trace) => trace.isOf(this, key));
        if (at !== -1) traces.splice(at, 1)[0]!.close();
        return remove.call(this, key, ...rest);
      };
      this.#replace(prototype, adding, added);
      this.#replace(prototype, removing, removed);
    }
  }

  stop(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  #replace(prototype: Record<string, Method>, name: string, method: Method): void {
    const original = prototype[name]!;
    prototype[name] = method;
    this.#restore.push(() => {
      // A later replacement calls ours, and stays.
      if (prototype[name] === method) prototype[name] = original;
    });
  }
}

class SubscriberTrace implements Trace {
  readonly #channel: Channel;
  readonly #key: object;
  readonly #stack: Stack;
  #isOpen = true;

  constructor(channel: Channel, key: object, stack: Stack) {
    this.#channel = channel;
    this.#key = key;
    this.#stack = stack;
  }

  isOf(channel: Channel, key: object): boolean {
    return this.#channel === channel && this.#key === key;
  }

  close(): void {
    this.#isOpen = false;
  }

  find(): Finding | undefined {
    const stack = this.#stack;
    const isOfNode = stack.internals.some((url) => url !== "node:diagnostics_channel");
    if (!this.#isOpen || isOfNode || stack.isForeign) return undefined;
    const { name } = this.#channel;
    const text = typeof name === "symbol" ? String(name) : `"${name}"`;
    return { kind: "channel", name: `subscriber of channel ${text}`, stack, mayEnd: false };
  }
}

/** A channel with subscribers has another prototype than one without. */
function prototypeOfActive(): Record<string, Method> | undefined {
  const diagnostics = nodeModule("node:diagnostics_channel");
  if (diagnostics === undefined) return undefined;
  const channel = diagnostics.channel("heapwise:leaks");
  const listener = (): void => undefined;
  channel.subscribe(listener);
  const prototype = Object.getPrototypeOf(channel) as Record<string, Method>;
  channel.unsubscribe(listener);
  return prototype === Object.getPrototypeOf(channel) ? undefined : prototype;
}
