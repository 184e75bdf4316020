import { planted, type Leaked } from "./planted.ts";

// Leaks in collections and in structures that are built of objects.

interface Node {
  readonly parent: unknown;
}
interface Link {
  readonly value: unknown;
  readonly next: Link | undefined;
}

const sessionsAsKeys = new Map<object, number>();
const sessionsByUser = new Map<string, Leaked>();
const knownSessions = new Set<Leaked>();
const liveKey = { name: "the key that lives" };
const detailsOf = new WeakMap<object, unknown>();
const markedSessions = new WeakSet<Leaked>();
const markedList: Leaked[] = [];
const requestCache = new Map<string, unknown>();
const weakSessions = new Map<string, WeakRef<Leaked>>();
const strongList: Leaked[] = [];
const longLivedTarget = { name: "the target that lives" };
const finalizers = new FinalizationRegistry<Leaked>(() => undefined);
const matrix: Leaked[][][] = [];
let pausedMapIterator: Iterator<Leaked> | undefined;
let pausedSetIterator: Iterator<Leaked> | undefined;
let pausedArrayIterator: Iterator<Leaked> | undefined;
let mappedIterator: Iterator<unknown> | undefined;
let selectedLeaf: Node | undefined;
let newestLink: Link | undefined;
let heldBuffer: (Uint8Array & { owner?: Leaked }) | undefined;
let heldError: Error | undefined;
let memoized: ((name: string) => unknown) | undefined;
let chainOfKeys: object | undefined;

function memoize(compute: (name: string) => unknown): (name: string) => unknown {
  const resultsByName = new Map<string, unknown>();
  return (name) => {
    if (!resultsByName.has(name)) resultsByName.set(name, compute(name));
    return resultsByName.get(name);
  };
}

/** Reads the variables, which nobody else does: they are there to hold. */
export const readCollections = (): unknown[] => [
  chainOfKeys,
  pausedMapIterator,
  pausedSetIterator,
  pausedArrayIterator,
  mappedIterator,
  selectedLeaf,
  newestLink,
  heldBuffer,
  heldError,
  memoized,
];

export const collections = [
  planted({
    name: "a key of a Map",
    holder: /sessionsAsKeys/,
    root: "module",
    plant: (leaked) => void sessionsAsKeys.set(leaked, 1),
    release: () => sessionsAsKeys.clear(),
  }),
  planted({
    name: "a value of a Map",
    holder: /sessionsByUser/,
    root: "module",
    plant: (leaked) => void sessionsByUser.set("user 1", leaked),
    release: () => sessionsByUser.delete("user 1"),
  }),
  planted({
    name: "a member of a Set",
    holder: /knownSessions/,
    root: "module",
    plant: (leaked) => void knownSessions.add(leaked),
    release: () => knownSessions.clear(),
  }),
  planted({
    name: "a value of a WeakMap, of which the key lives",
    holder: /liveKey/,
    root: "module",
    plant: (leaked) => void detailsOf.set(liveKey, leaked),
    release: () => detailsOf.delete(liveKey),
  }),
  planted({
    name: "a chain of keys and values of a WeakMap",
    holder: /chainOfKeys/,
    root: "module",
    plant(leaked) {
      const [first, second] = [{ name: "first" }, { name: "second" }];
      detailsOf.set(first, second);
      detailsOf.set(second, leaked);
      chainOfKeys = first;
    },
    release: () => void (chainOfKeys = undefined),
  }),
  planted({
    name: "a member of a WeakSet that an array holds",
    holder: /markedList/,
    root: "module",
    plant(leaked) {
      markedSessions.add(leaked);
      markedList.push(leaked);
    },
    release: () => void markedList.pop(),
  }),
  planted({
    name: "a cache without a bound",
    holder: /requestCache/,
    root: "module",
    plant(leaked) {
      for (let i = 0; i < 1000; i++) requestCache.set(`/users/${i}`, { body: [i, leaked] });
    },
    release: () => requestCache.clear(),
  }),
  planted({
    name: "a memoized function",
    holder: /resultsByName/,
    root: "module",
    plant(leaked) {
      const results = [{ leaked }];
      memoized = memoize(() => results.pop());
      memoized("user 1");
    },
    release: () => void (memoized = undefined),
  }),
  planted({
    name: "the target of a WeakRef that an array holds",
    holder: /strongList/,
    root: "module",
    plant(leaked) {
      weakSessions.set("user 1", new WeakRef(leaked));
      strongList.push(leaked);
    },
    release: () => void strongList.pop(),
  }),
  planted({
    name: "the held value of a FinalizationRegistry",
    holder: /finalizers/,
    root: "module",
    plant: (leaked) => finalizers.register(longLivedTarget, leaked, longLivedTarget),
    release: () => finalizers.unregister(longLivedTarget),
  }),
  planted({
    name: "an array in an array in an array",
    holder: /matrix[^]*\[0\]/,
    root: "module",
    plant: (leaked) => void matrix.push([[leaked]]),
    release: () => void matrix.pop(),
  }),
  planted({
    name: "an iterator of a Map that stopped halfway",
    holder: /pausedMapIterator/,
    root: "module",
    plant: (leaked) => void (pausedMapIterator = new Map([["user 1", leaked]]).values()),
    release: () => void (pausedMapIterator = undefined),
  }),
  planted({
    name: "an iterator of a Set that stopped halfway",
    holder: /pausedSetIterator/,
    root: "module",
    plant: (leaked) => void (pausedSetIterator = new Set([leaked]).values()),
    release: () => void (pausedSetIterator = undefined),
  }),
  planted({
    name: "an iterator of an array that stopped halfway",
    holder: /pausedArrayIterator/,
    root: "module",
    plant: (leaked) => void (pausedArrayIterator = [leaked].values()),
    release: () => void (pausedArrayIterator = undefined),
  }),
  planted({
    name: "an iterator helper",
    holder: /mappedIterator/,
    root: "module",
    supported: () => "Iterator" in globalThis,
    plant(leaked) {
      const values = [leaked].values() as unknown as {
        map(change: (value: Leaked) => unknown): Iterator<unknown>;
      };
      mappedIterator = values.map((value) => value.program);
    },
    release: () => void (mappedIterator = undefined),
  }),
  planted({
    name: "a tree that one held leaf reaches through its parents",
    holder: /selectedLeaf[^]*parent/,
    root: "module",
    plant(leaked) {
      const branch = { parent: leaked, children: [] as Node[] };
      const leaf = { parent: branch };
      branch.children.push(leaf);
      selectedLeaf = leaf;
    },
    release: () => void (selectedLeaf = undefined),
  }),
  planted({
    name: "the last of a linked list",
    holder: /newestLink[^]*next/,
    root: "module",
    plant(leaked) {
      newestLink = { value: leaked, next: undefined };
      for (let i = 0; i < 100; i++) newestLink = { value: i, next: newestLink };
    },
    release: () => void (newestLink = undefined),
  }),
  planted({
    name: "a property of a typed array",
    holder: /heldBuffer[^]*owner/,
    root: "module",
    plant: (leaked) => void (heldBuffer = Object.assign(new Uint8Array(1024), { owner: leaked })),
    release: () => void (heldBuffer = undefined),
  }),
  planted({
    name: "the cause of an error",
    holder: /heldError[^]*cause/,
    root: "module",
    plant: (leaked) => void (heldError = new Error("refused", { cause: { leaked } })),
    release: () => void (heldError = undefined),
  }),
];
