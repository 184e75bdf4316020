/** Tests of internal slots, which run no code of the value. */
interface Types {
  isProxy(value: unknown): boolean;
  isMap(value: unknown): boolean;
  isSet(value: unknown): boolean;
  isDate(value: unknown): boolean;
  isRegExp(value: unknown): boolean;
  isNativeError(value: unknown): boolean;
  isPromise(value: unknown): boolean;
  isAnyArrayBuffer(value: unknown): boolean;
  isWeakMap(value: unknown): boolean;
  isWeakSet(value: unknown): boolean;
  isBoxedPrimitive(value: unknown): boolean;
  isGeneratorObject(value: unknown): boolean;
  isModuleNamespaceObject(value: unknown): boolean;
}

/** What only the runtime can tell of a value, where it does. */
export interface Host {
  /** Undefined in browsers. */
  readonly types: Types | undefined;
  /** Whether a value is a proxy; always false where nothing tells. Never runs a trap. */
  readonly isProxy: (value: unknown) => boolean;
  /** Whether a string is stored with one byte for each character; undefined where nothing tells (Node 20, browsers). */
  readonly isOneByte: ((text: string) => boolean) | undefined;
}

interface Runtime {
  process?: {
    getBuiltinModule?(name: string): {
      types?: Types;
      isStringOneByteRepresentation?(text: string): boolean;
    };
  };
}

let found: Host | undefined;

/** The runtime's answers. Looked for at the first call, so that importing costs nothing and browsers need no module of Node. */
export function host(): Host {
  return (found ??= find(globalThis as Runtime));
}

function find(runtime: Runtime): Host {
  const types = attempt(() => runtime.process?.getBuiltinModule?.("node:util")?.types);
  return {
    types,
    isProxy: types?.isProxy ?? (() => false),
    isOneByte: attempt(() => {
      const isOneByte =
        runtime.process?.getBuiltinModule?.("node:v8")?.isStringOneByteRepresentation;
      isOneByte?.("");
      return isOneByte;
    }),
  };
}

/** What a host tells. Undefined if it throws: workerd and edge runtimes have stand-ins for what they lack, which throw. */
export function attempt<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
