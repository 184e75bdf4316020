import type { Finding, Census, Trace } from "./traces.ts";
import type { HandleKind } from "./left-handle.ts";
import type { Stack } from "./stacks.ts";

/** A kind of asynchronous resource that is reported. */
interface ResourceKind {
  readonly kind: HandleKind;
  readonly mayEnd: boolean;
  /** The name, or undefined if the resource is closed, or Node made it for itself. */
  name(resource: object, stack: Stack): string | undefined;
}

/** The object of the public API that owns a handle, and the parts of it that are read. */
interface Owner {
  readonly remoteAddress?: unknown;
  readonly spawnfile?: unknown;
  readonly _httpMessage?: unknown;
  address?(): unknown;
  listenerCount?(name: string): number;
}

const TIMERS = ["node:internal/timers", "node:timers", "node:timers/promises"];

/**
 * The asynchronous resources that are reported, by their types. Requests such as `FSREQCALLBACK`
 * end by themselves, and `SIGNALWRAP` comes with a listener of `process`.
 *
 * Source: `async_wrap.h` of Node.
 */
const KINDS: Readonly<Record<string, ResourceKind>> = {
  Timeout: {
    kind: "timer",
    mayEnd: false,
    name(timer, { internals }) {
      // Node has timers of its own, such as the one that renews the date of HTTP headers.
      if (!internals.every((url) => TIMERS.includes(url))) return undefined;
      const { _destroyed, _repeat, _idleTimeout } = timer as Readonly<Record<string, unknown>>;
      if (_destroyed === true) return undefined;
      const delay = typeof _idleTimeout === "number" ? ` ${_idleTimeout} ms` : "";
      return `${typeof _repeat === "number" ? "Interval" : "Timeout"}${delay}`;
    },
  },
  Immediate: {
    kind: "immediate",
    mayEnd: false,
    name(immediate, { internals }) {
      if (!internals.every((url) => TIMERS.includes(url))) return undefined;
      const { _destroyed } = immediate as Readonly<Record<string, unknown>>;
      return _destroyed === true ? undefined : "Immediate";
    },
  },
  TCPSERVERWRAP: { kind: "server", mayEnd: true, name: nameOfServer },
  PIPESERVERWRAP: { kind: "server", mayEnd: true, name: () => "Server on a pipe" },
  TCPWRAP: { kind: "socket", mayEnd: true, name: nameOfSocket },
  PIPEWRAP: { kind: "socket", mayEnd: true, name: (_, stack) => own(stack, "Socket on a pipe") },
  TTYWRAP: { kind: "socket", mayEnd: true, name: (_, stack) => own(stack, "Socket of a terminal") },
  UDPWRAP: { kind: "socket", mayEnd: true, name: () => "Socket of UDP" },
  FSEVENTWRAP: { kind: "watcher", mayEnd: true, name: () => "FSWatcher" },
  STATWATCHER: { kind: "watcher", mayEnd: true, name: () => "StatWatcher" },
  WORKER: { kind: "worker", mayEnd: true, name: () => "Worker" },
  PROCESSWRAP: {
    kind: "process",
    mayEnd: true,
    name(handle) {
      const { spawnfile } = ownerOf(handle);
      const name = typeof spawnfile === "string" ? spawnfile.split(/[\\/]/).at(-1) : undefined;
      return name === undefined ? "ChildProcess" : `ChildProcess ${name}`;
    },
  },
  MESSAGEPORT: {
    kind: "port",
    mayEnd: true,
    name(_, { frames, internals }) {
      if (frames.some(({ text }) => text.startsWith("new BroadcastChannel"))) {
        return internals.length <= 1 ? "BroadcastChannel" : undefined;
      }
      // Workers have ports for their output.
      return internals.length === 0 ? "MessagePort" : undefined;
    },
  },
  FILEHANDLE: {
    kind: "file",
    mayEnd: true,
    name(handle) {
      const { fd } = handle as { readonly fd?: number };
      return fd === undefined || fd < 0 ? undefined : "FileHandle";
    },
  },
};

/**
 * Resources without a name whose stack may be the stack of a handle: what Node makes when a request
 * is answered, or in a later tick, has none that leads to the code of a user.
 */
const STEPS = ["FSREQPROMISE", "GETADDRINFOREQWRAP", "TickObject"];

/** The kind of a type. A program may call its resources "constructor". */
function kindOf(type: string): ResourceKind | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
}

/** Whether the stack of a resource of this type is needed. */
export function needsStack(type: string): boolean {
  return kindOf(type) !== undefined || STEPS.includes(type);
}

/** Where a resource was made. */
export interface Making {
  readonly stack: Stack | undefined;
  /** The censuses in whose context it was made. */
  readonly censuses: readonly Census[];
  /** The stack of the resource in whose callback it was made. */
  readonly stackOfStep: Stack | undefined;
  /** The server of a connection. */
  readonly server: ResourceTrace | undefined;
}

/** An asynchronous resource of Node. */
export class ResourceTrace implements Trace {
  readonly type: string;
  readonly #resource: object;
  readonly #making: Making;
  #isDestroyed = false;

  /** Reads nothing of the resource: it may not be complete yet, and getters of it would crash. */
  constructor(type: string, resource: object, making: Making) {
    this.type = type;
    this.#resource = resource;
    this.#making = making;
    if (kindOf(type) !== undefined) for (const census of making.censuses) census.add(this);
  }

  get censuses(): readonly Census[] {
    return this.#making.censuses;
  }

  get stack(): Stack | undefined {
    return this.#making.stack;
  }

  get isServer(): boolean {
    return kindOf(this.type)?.kind === "server";
  }

  destroy(): void {
    this.#isDestroyed = true;
    for (const census of this.censuses) census.remove(this);
  }

  find(): Finding | undefined {
    const kind = kindOf(this.type);
    const { stack: direct, server } = this.#making;
    const stack = this.#stackOfMaking();
    if (kind === undefined || stack === undefined || this.#isDestroyed || stack.isForeign) {
      return undefined;
    }
    // A connection of a server that is left behind itself.
    if (server?.find() !== undefined && direct?.maker === undefined) return undefined;
    const name = kind.name(this.#resource, direct ?? stack);
    return name === undefined ? undefined : { kind: kind.kind, name, stack, mayEnd: kind.mayEnd };
  }

  #stackOfMaking(): Stack | undefined {
    const { stack, stackOfStep, server } = this.#making;
    return [stack, server?.stack, stackOfStep].find((each) => each?.maker !== undefined) ?? stack;
  }
}

function nameOfServer(handle: object): string {
  const address = ownerOf(handle).address?.();
  if (typeof address !== "object" || address === null) return "Server";
  return `Server ${host((address as { address?: unknown }).address)}`;
}

function nameOfSocket(handle: object, stack: Stack): string | undefined {
  const { remoteAddress, _httpMessage, listenerCount } = ownerOf(handle);
  // An agent keeps connections for later requests, and closes them after a while.
  const owner = ownerOf(handle);
  const isPooled = (listenerCount?.call(owner, "agentRemove") ?? 0) > 0;
  if (isPooled && (_httpMessage === null || _httpMessage === undefined)) return undefined;
  const isOfFetch = stack.internals.some((url) => url.includes("undici"));
  if (isOfFetch && (handle as { hasRef?(): boolean }).hasRef?.() === false) return undefined;
  const way = stack.maker === undefined ? "from" : "to";
  return own(
    stack,
    remoteAddress === undefined ? "Socket" : `Socket ${way} ${host(remoteAddress)}`,
  );
}

/** The name, or undefined for the pipes of child processes and of the process itself. */
function own({ internals }: Stack, name: string): string | undefined {
  return internals.some((url) => /child_process|bootstrap|cluster/.test(url)) ? undefined : name;
}

/** Port numbers differ from run to run. */
function host(address: unknown): string {
  const text = String(address);
  return text.includes(":") ? `[${text}]:*` : `${text}:*`;
}

function ownerOf(handle: object): Owner {
  const owner = Object.getOwnPropertySymbols(handle).find(
    ({ description }) => description === "owner_symbol",
  );
  const value: unknown = owner && (handle as Readonly<Record<symbol, unknown>>)[owner];
  return typeof value === "object" && value !== null ? value : {};
}
