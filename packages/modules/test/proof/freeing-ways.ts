import { textOf, type Way, type WayExports } from "./way.ts";

/** The things that the program keeps of modules that must be collected nevertheless. */
const kept = new Set<unknown>();
const live: object[] = [{}];
const byKey = new WeakMap<object, unknown>();

function keep(value: unknown): void {
  kept.add(value);
}

const awaitTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** What looks like a hold, and is none. */
export const freeingWays: readonly Way[] = [
  {
    name: "a pending promise that nobody holds",
    text: textOf(`new Promise(() => {}).then(() => look());
exports.give = async () => {
  await new Promise(() => {});
  look();
};`),
    use: ({ give }) => void give(),
  },
  {
    name: "an entry of a WeakMap whose key is of the module",
    text: textOf(`exports.give = () => [{ look }, look];`),
    use({ give }) {
      const [key, value] = give() as [object, unknown];
      byKey.set(key, value);
    },
  },
  {
    name: "a FinalizationRegistry of the module",
    text: textOf(`const registry = new FinalizationRegistry(() => look());
exports.give = (object) => registry.register(object, "held value");`),
    use: ({ give }) => void give(live[0]),
  },
  {
    name: "a WeakRef",
    text: textOf(`exports.give = () => new WeakRef(look);`),
    use: ({ give }) => keep(give()),
  },
  {
    name: "an error that the module made",
    text: textOf(`exports.give = () => {
  const errors = [new TypeError("made")];
  try {
    (() => null.missing)();
  } catch (error) {
    errors.push(error);
  }
  return errors;
};`),
    use({ give }) {
      const errors = give() as Error[];
      // An error holds the functions of its stack until that is read.
      for (const { stack } of errors) keep(stack);
      keep(errors);
    },
  },
  {
    name: "plain data",
    text: textOf(
      `exports.give = () => ({ list: [1, { deep: new Map([["a", new Date(0)]]) }], text: "x" });`,
    ),
    use: ({ give }) => keep(give()),
  },
  {
    name: "microtasks that have run",
    text: textOf(`queueMicrotask(() => look());
Promise.resolve().then(() => look());
process.nextTick(() => look());`),
  },
  {
    name: "timers that fired",
    text: textOf(`setImmediate(() => look());
setTimeout(() => look(), 1);
const interval = setInterval(() => clearInterval(interval), 1);
exports.give = () => look();`),
    use: ({ give }: WayExports) => (give(), awaitTurn()),
  },
];
