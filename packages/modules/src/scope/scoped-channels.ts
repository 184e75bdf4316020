import type * as Channels from "node:diagnostics_channel";
import type { Channel } from "node:diagnostics_channel";
import { locateCaller } from "./locate-caller.ts";
import type { OpenThings } from "./open-things.ts";

type Name = string | symbol;
type Listener = (message: unknown, name: Name) => void;
type Method = (...values: unknown[]) => unknown;

/** What `node:diagnostics_channel` needs from its scope. */
export interface ChannelsContext {
  readonly open: OpenThings;
  readonly hasEnded: () => boolean;
}

/** The parts of a tracing channel. */
const PARTS = ["start", "end", "asyncStart", "asyncEnd", "error"];

/** `node:diagnostics_channel` for one scope, at whose end subscriptions and bound stores end. */
export function makeScopedChannels(
  real: typeof Channels,
  context: ChannelsContext,
): Record<string, unknown> {
  const shadows = new WeakMap<object, object>();
  const ends = new Ends(context);
  const channel = (name: Name): object => {
    const found = real.channel(name);
    let shadow = shadows.get(found);
    if (shadow === undefined) shadows.set(found, (shadow = shadowOf(found, ends)));
    return shadow;
  };
  const subscribe = (name: Name, listener: Listener): void =>
    ends.begin(["subscribe", real.channel(name), listener], subscribe);
  return Object.assign(Object.create(null) as Record<string, unknown>, real, {
    channel,
    subscribe,
    unsubscribe: (name: Name, listener: Listener) =>
      ends.finish("subscribe", real.channel(name), listener),
    tracingChannel(nameOrChannels: unknown) {
      if (typeof nameOrChannels !== "string") return real.tracingChannel(nameOrChannels as string);
      const parts = PARTS.map((part) => [part, channel(`tracing:${nameOrChannels}:${part}`)]);
      return real.tracingChannel(Object.fromEntries(parts) as never);
    },
  });
}

/** A channel whose subscriptions and stores end with the scope. */
function shadowOf(real: Channel, ends: Ends): object {
  const subscribe = (listener: Listener): void =>
    ends.begin(["subscribe", real, listener], subscribe);
  const bindStore = (store: object, transform?: unknown): void =>
    ends.begin(["bindStore", real, store, transform], bindStore);
  const own = new Map<Name, unknown>([
    ["subscribe", subscribe],
    ["unsubscribe", (listener: Listener) => ends.finish("subscribe", real, listener)],
    ["bindStore", bindStore],
    ["unbindStore", (store: object) => ends.finish("bindStore", real, store)],
  ]);
  const bound = new Map<Name, { readonly of: Method; readonly method: Method }>();
  return new Proxy(real, {
    get(target, key) {
      if (own.has(key)) return own.get(key);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || key === "constructor") return value;
      const known = bound.get(key);
      if (known?.of === value) return known.method;
      const method: Method = (...values) => Reflect.apply(value as Method, target, values);
      bound.set(key, { of: value as Method, method });
      return method;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

type Kind = "subscribe" | "bindStore";
const UNDO = { subscribe: "unsubscribe", bindStore: "unbindStore" } as const;

/** The subscriptions and stores of one scope. */
class Ends {
  readonly #context: ChannelsContext;
  readonly #keys = new Map<object, { kind: Kind; channel: Channel }[]>();

  constructor(context: ChannelsContext) {
    this.#context = context;
  }

  begin(
    [kind, channel, thing, transform]: readonly [Kind, Channel, object, unknown?],
    above: (...values: never[]) => unknown,
  ): void {
    if (this.#context.hasEnded()) return;
    (channel[kind] as Method)(thing, transform);
    const key = { kind, channel };
    const keys = this.#keys.get(thing);
    if (kind === "bindStore" && keys?.some((each) => isSame(each, kind, channel)) === true) return;
    if (keys === undefined) this.#keys.set(thing, [key]);
    else keys.push(key);
    const what = kind === "subscribe" ? "subscriber of" : "store of";
    const name = `${what} channel ${JSON.stringify(String(channel.name))}`;
    this.#context.open.add(key, {
      row: { kind: "subscriber", name, location: locateCaller(above) },
      end: () => {
        this.#forget(thing, key);
        (channel[UNDO[kind]] as Method)(thing);
      },
    });
  }

  /** Ends one, and returns what Node returns. */
  finish(kind: Kind, channel: Channel, thing: object): unknown {
    const key = this.#keys.get(thing)?.find((each) => isSame(each, kind, channel));
    if (key !== undefined) this.#forget(thing, key);
    return (channel[UNDO[kind]] as Method)(thing);
  }

  #forget(thing: object, key: { kind: Kind; channel: Channel }): void {
    this.#context.open.forget(key);
    const others = this.#keys.get(thing)?.filter((each) => each !== key) ?? [];
    if (others.length === 0) this.#keys.delete(thing);
    else this.#keys.set(thing, others);
  }
}

function isSame(key: { kind: Kind; channel: Channel }, kind: Kind, channel: Channel): boolean {
  return key.kind === kind && key.channel === channel;
}
