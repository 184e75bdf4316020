import type { Clean, Dropped } from "./clean.ts";

// What the language alone does with an object: nothing of it may look like a leak.

const scratchMap = new Map<unknown, unknown>();
const scratchSet = new Set<unknown>();
const scratchList: unknown[] = [];
const weakMap = new WeakMap<object, unknown>();
const weakMapOfValues = new WeakMap<object, unknown>();
const weakSet = new WeakSet<object>();
const finalizers = new FinalizationRegistry<string>(() => undefined);

class Base {
  readonly #own: Dropped;

  constructor(own: Dropped) {
    this.#own = own;
  }

  get first(): number | undefined {
    return this.#own.values[0];
  }
}

function* valuesOf(dropped: Dropped): Generator<number> {
  for (const value of dropped.values) yield value;
}

async function* valuesLater(dropped: Dropped): AsyncGenerator<number> {
  yield* dropped.values;
}

async function waitForNothing(dropped: Dropped): Promise<string> {
  await new Promise(() => undefined);
  return dropped.text;
}

/** Called often enough to be optimized, and with objects of many shapes. */
function sumOf(value: { values: readonly number[] }): number {
  let sum = 0;
  for (const each of value.values) sum += each;
  return sum;
}

function failDeeply(dropped: Dropped, depth: number): number {
  if (depth === 0) throw new Error(dropped.text, { cause: dropped });
  return failDeeply(dropped, depth - 1) + 1;
}

function tag(strings: TemplateStringsArray, ...values: unknown[]): string {
  return strings.join(String(values.length));
}

export const language: readonly Clean[] = [
  { name: "an object that nothing refers to", use: () => undefined },
  {
    name: "a promise that stays pending, and that nobody holds",
    steady: true,
    use: (dropped) => void new Promise(() => undefined).then(() => dropped.text),
  },
  {
    name: "an async function that waits for what nobody holds",
    use: (dropped) => void waitForNothing(dropped),
  },
  {
    name: "a promise that was rejected and handled",
    steady: true,
    use: (dropped) => Promise.reject(new Error("no", { cause: dropped })).catch(() => 1),
  },
  {
    name: "the losers of a race",
    steady: true,
    use: (dropped) =>
      Promise.race([new Promise(() => undefined).then(() => dropped), Promise.resolve(1)]),
  },
  {
    name: "promises that were all settled",
    use: async (dropped) => {
      await Promise.allSettled([dropped, Promise.reject(new Error("no"))]);
      await Promise.all([dropped, undefined]);
      await Promise.any([dropped, undefined]);
    },
  },
  { name: "a key of a WeakMap", use: (dropped) => void weakMap.set(dropped, 1) },
  {
    name: "a key of a WeakMap, of which the value refers to it",
    steady: true,
    use: (dropped) => void weakMap.set(dropped, { back: dropped }),
  },
  {
    name: "a cycle through two WeakMaps",
    steady: true,
    use(dropped) {
      const other = {};
      weakMap.set(dropped, other);
      weakMapOfValues.set(other, dropped);
    },
  },
  { name: "a member of a WeakSet", use: (dropped) => void weakSet.add(dropped) },
  {
    name: "the target of a WeakRef",
    use: (dropped) => new WeakRef(dropped).deref()?.text,
  },
  {
    name: "the target of a FinalizationRegistry",
    steady: true,
    use: (dropped) => finalizers.register(dropped, "dropped", dropped),
  },
  {
    name: "a generator that stopped halfway",
    steady: true,
    use: (dropped) => void valuesOf(dropped).next(),
  },
  {
    name: "a generator that was read to its end",
    use: (dropped) => void [...valuesOf(dropped)],
  },
  {
    name: "an async generator that was left",
    steady: true,
    async use(dropped) {
      for await (const value of valuesLater(dropped)) if (value > 0) break;
    },
  },
  {
    name: "closures that share a context",
    use(dropped) {
      const closures = [(): string => dropped.text, (): number => 1];
      for (const closure of closures) closure();
    },
  },
  {
    name: "classes that are defined at each call",
    use(dropped) {
      class Derived extends Base {
        static latest: unknown = dropped;
        override get first(): number | undefined {
          return super.first;
        }
      }
      return new Derived(dropped).first;
    },
  },
  { name: "private fields", use: (dropped) => new Base(dropped).first },
  {
    name: "a proxy",
    use: (dropped) => new Proxy(dropped, { get: () => dropped.text }).text,
  },
  {
    name: "a revoked proxy",
    use(dropped) {
      const { proxy, revoke } = Proxy.revocable(dropped, {});
      scratchList[0] = proxy;
      revoke();
      scratchList.pop();
    },
  },
  {
    name: "reflection",
    use(dropped) {
      Reflect.defineProperty(dropped, "hidden", { get: () => dropped, configurable: true });
      Reflect.ownKeys(dropped);
      Reflect.setPrototypeOf(dropped, { ...dropped });
    },
  },
  {
    name: "symbols as keys",
    use: (dropped) => void Object.assign(dropped, { [Symbol("own")]: dropped }),
  },
  {
    name: "a Map that grows and is cleared",
    steady: true,
    use(dropped) {
      for (let i = 0; i < 1000; i++) scratchMap.set(i, dropped);
      scratchMap.clear();
    },
  },
  {
    name: "a Map of which each entry is deleted",
    use(dropped) {
      for (let i = 0; i < 100; i++) scratchMap.set(i, dropped);
      for (let i = 0; i < 100; i++) scratchMap.delete(i);
    },
  },
  {
    name: "a Set that is left again",
    use(dropped) {
      scratchSet.add(dropped);
      scratchSet.delete(dropped);
    },
  },
  {
    name: "an array with holes",
    use(dropped) {
      scratchList[100_000] = dropped;
      scratchList.length = 0;
    },
  },
  {
    name: "a queue",
    steady: true,
    use(dropped) {
      for (let i = 0; i < 100; i++) scratchList.push(dropped);
      while (scratchList.length > 0) scratchList.shift();
    },
  },
  {
    name: "sorting",
    use: (dropped) => void dropped.values.sort((a, b) => a - b || dropped.values.length),
  },
  {
    name: "memory outside the heap",
    use: (dropped) => void (dropped.link = new Float64Array(100_000)),
  },
  {
    name: "a large JSON text",
    use(dropped) {
      dropped.link = JSON.parse(JSON.stringify(Array.from({ length: 1000 }, () => dropped.values)));
    },
  },
  {
    name: "a structured clone",
    steady: true,
    use: (dropped) => void (dropped.link = structuredClone({ ...dropped })),
  },
  {
    name: "spread and rest",
    use: ({ ...copy }) => Object.freeze({ ...copy, list: [...copy.values] }),
  },
  {
    name: "an error with a deep stack",
    steady: true,
    use(dropped) {
      try {
        failDeeply(dropped, 100);
      } catch (error) {
        return (error as Error).stack?.length;
      }
      return 0;
    },
  },
  {
    name: "an error after an await",
    async use(dropped) {
      const fail = async (): Promise<void> => {
        await undefined;
        throw Object.assign(new Error("late"), { dropped });
      };
      await fail().catch((error: Error) => error.stack);
    },
  },
  {
    name: "a structure that refers to itself",
    steady: true,
    use(dropped) {
      dropped.link = { owner: dropped, list: [dropped], map: new Map([[dropped, dropped]]) };
    },
  },
  {
    name: "a regular expression with a callback",
    steady: true,
    use: (dropped) => dropped.text.replace(/(t)(e)/g, () => dropped.text),
  },
  {
    name: "a tagged template",
    use: (dropped) => tag`a ${dropped} in a template`,
  },
  {
    name: "iterators that stopped halfway",
    use(dropped) {
      scratchMap.set("dropped", dropped);
      scratchMap.values().next();
      new Set([dropped]).entries().next();
      "text".matchAll(/t/g).next();
      scratchMap.clear();
    },
  },
  {
    name: "a loop that is optimized",
    steady: true,
    use(dropped) {
      let sum = 0;
      for (let i = 0; i < 20_000; i++) sum += sumOf(dropped);
      return sum;
    },
  },
  {
    name: "a function that has seen too many shapes",
    use(dropped) {
      for (let i = 0; i < 20; i++) sumOf({ [`own${i}`]: dropped, values: dropped.values });
    },
  },
  {
    name: "a function that is compiled at its first call",
    use(dropped) {
      function compiledLate(value: Dropped): () => string {
        return () => value.text;
      }
      return compiledLate(dropped)();
    },
  },
  {
    name: "an object that is disposed of",
    use(dropped) {
      const scope = { close: () => void (dropped.link = undefined) };
      try {
        dropped.link = scope;
      } finally {
        scope.close();
      }
    },
  },
];
