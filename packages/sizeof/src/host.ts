/** Tests of the internal slots of a value. They run no code of the value. */
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

/** Questions about a value that only the runtime can answer. */
export interface Host {
  /** Undefined in browsers. */
  readonly types: Types | undefined;
  /** Whether a value is a proxy. Always false in browsers. Never runs a trap. */
  readonly isProxy: (value: unknown) => boolean;
  /**
   * Whether a string is stored with one byte for each character. Undefined on Node 20 and in
   * browsers, which have no such function.
   */
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

/**
 * The functions of the running runtime. They are looked for at the first call, so that importing
 * the package costs nothing, and browsers need no module of Node.
 */
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

/**
 * The result of a function of the runtime, or undefined if the function throws. workerd and edge
 * runtimes have stand-ins that throw for the functions that they lack.
 */
export function attempt<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
