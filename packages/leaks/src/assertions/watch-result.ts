import { print, refuse } from "../checks/arguments.ts";
import { canBeWatched } from "../probes/can-be-watched.ts";
import { HeapwiseProbeBox } from "../probes/heapwise-probe-box.ts";

/**
 * Calls a function and puts its result, or that of its promise, into boxes. This is no async
 * function, and its frame is gone when the caller goes on: a frame that waits at an `await` keeps
 * all its variables, also those that it does not use any longer. The promise of the function has no
 * reader but `boxesOf`, and no frame knows it after this call.
 */
export function watchResult(
  make: () => unknown,
): HeapwiseProbeBox[] | PromiseLike<HeapwiseProbeBox[]> {
  const made = make();
  // A thenable of another library need not return a promise.
  return isThenable(made) ? Promise.resolve(made).then(boxesOf) : boxesOf(made);
}

/** Whether to wait for a value, as `await` would. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch {
    // A revoked proxy, which can be watched all the same.
    return false;
  }
}

/** A box for the value; for a record, one for each of its values that can be watched. */
function boxesOf(value: unknown): HeapwiseProbeBox[] {
  if (!canBeWatched(value)) {
    const kind = typeof value === "symbol" ? "a registered symbol" : print(value);
    refuse("watch result", `make returned ${kind}`, "an object or a record of objects");
  }
  const boxes = boxesOfRecord(value);
  return boxes.length > 0 ? boxes : [new HeapwiseProbeBox(value)];
}

/**
 * A record is an object without a prototype, or whose prototype has none, as that of a literal.
 * Runs no getter.
 */
function boxesOfRecord(value: WeakKey): HeapwiseProbeBox[] {
  const boxes: HeapwiseProbeBox[] = [];
  if (typeof value !== "object") return boxes;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return boxes;
    for (const key of Reflect.ownKeys(value)) {
      const own: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
      if (canBeWatched(own)) boxes.push(new HeapwiseProbeBox(own, nameOf(key)));
    }
  } catch {
    // A revoked proxy, or one that throws, is watched itself.
    boxes.length = 0;
  }
  return boxes;
}

function nameOf(key: string | symbol): string {
  return typeof key === "string" ? key : String(key);
}
