/**
 * The cases of CPython's Lib/test/test_weakref.py and test_weakset.py that have a meaning here,
 * under their original names, on the real collector.
 *
 * Some cases are omitted, because these packages have no such feature: weak proxies (test_proxy_*),
 * subclasses and sharing of references (test_ref_reuse, test_getweakrefcount; the engine owns
 * `WeakRef`), comparison and hashing of references (test_equality, test_hashing), WeakMethod, set
 * algebra (WeakSet). A "ref" is a `WeakCache` with nothing held strongly, or a `finalize`. A "weak
 * dictionary" is a `WeakCache` or a `WeakKeyCache`.
 */
import { collectNow, gcUntil, settle } from "@heapwise/testkit";
import { finalize, Interner, WeakCache, WeakKeyCache, weakMemoize } from "@heapwise/weak";
import { describe, expect, it } from "vitest";
import { alive, expectCollected, refsTo, things, type Thing } from "./collected.ts";

const weakly = <V extends WeakKey>(): WeakCache<number, V> => new WeakCache({ strong: { max: 0 } });

/** Runs a callback for each of some values that die, and waits until most of them are collected. */
async function die(count: number, each: (value: Thing) => void): Promise<void> {
  const refs = refsTo(things(count).map((value) => (each(value), value)));
  await expectCollected(refs);
  await settle();
}

describe("References", () => {
  it("test_basic_ref: a live value is returned, by identity; a dead one is undefined and stays so", async () => {
    const cache = weakly<Thing>();
    const held = things(1)[0]!;
    cache.set(-1, held);
    await die(100, (value) => void cache.set(value.id, value));
    expect(cache.get(-1)).toBe(held);
    const dead = things(100).filter(({ id }) => cache.get(id) === undefined);
    expect(dead.length).toBeGreaterThanOrEqual(90);
    await settle();
    for (const { id } of dead) expect(cache.get(id)).toBe(undefined);
  });

  it("test_basic_callback: each callback runs once", async () => {
    const calls: number[] = [];
    await die(100, (value) => void finalize(value, (id) => calls.push(id), value.id));
    await settle();
    expect(calls.length).toBeGreaterThanOrEqual(90);
    expect(new Set(calls).size).toBe(calls.length);
  });

  it("test_multiple_callbacks: several callbacks of one value all run", async () => {
    const counts = [0, 0, 0];
    await die(100, (value) => {
      for (let i = 0; i < 3; i++) finalize(value, (at) => counts[at]!++, i);
    });
    expect(counts[0]).toBeGreaterThanOrEqual(90);
    expect(counts).toEqual([counts[0], counts[0], counts[0]]);
  });

  it("test_multiple_selfref_callbacks: when the first callback runs, the value is dead for all", async () => {
    const cache = weakly<Thing>();
    const found: unknown[] = [];
    await die(100, (value) => {
      cache.set(value.id, value);
      const look = (id: number): void => void found.push(cache.get(id));
      const other = finalize(value, look, value.id);
      finalize(value, () => found.push(other.peek()));
    });
    expect(found.length).toBeGreaterThanOrEqual(180);
    expect(found.every((each) => each === undefined)).toBe(true);
  });

  it("test_ref_to_class_and_function: classes, functions, bound methods and symbols are held weakly", async () => {
    const cache = weakly<WeakKey>();
    const make: (() => WeakKey)[] = [
      () => class extends Map {},
      () => () => {},
      () => [].push.bind([]),
      () => Symbol("s") as unknown as WeakKey,
    ];
    for (let i = 0; i < 100; i++) make.forEach((one, kind) => cache.set(4 * i + kind, one()));
    expect(await gcUntil(() => cache.size <= 40, { tries: 20 })).toBe(true);
  });

  it("test_constructor_kwargs: what can't be held is refused", () => {
    expect(() => weakly().set(1, 5 as never)).toThrow(TypeError);
    expect(() => finalize(5 as never, () => {})).toThrow(TypeError);
    expect(() => new WeakKeyCache().set("a" as never, 1)).toThrow(TypeError);
  });

  it("test_callback_gcs: a callback may collect", async () => {
    let calls = 0;
    await die(20, (value) => void finalize(value, () => (collectNow(), calls++)));
    expect(calls).toBeGreaterThanOrEqual(18);
  });

  it("test_callbacks_protected: an error that is thrown at the same time is neither lost nor changed", async () => {
    await die(100, (value) => void finalize(value, () => {}));
    const error = new Error("mine");
    const cache = new WeakCache<number, Thing>({
      strong: { max: 0 },
      onCollect: () => cache.set(1000, things(1)[0]!),
    });
    for (const value of things(100)) cache.set(value.id, value);
    await settle();
    expect(() =>
      cache.getOrInsertComputed(2000, () => {
        collectNow();
        throw error;
      }),
    ).toThrow(error);
    expect(cache.has(2000)).toBe(false);
  });

  it("test_callback_in_cycle_resurrection: a finalizer that dies with its target's cycle runs, as nothing has to hold it", async () => {
    let calls = 0;
    await die(100, (value) => {
      const cycle: { value: Thing; finalizer?: unknown } = { value };
      cycle.finalizer = finalize(value, () => calls++);
    });
    expect(calls).toBeGreaterThanOrEqual(90);
  });

  it("test_ref_created_during_del: a callback may hold other values weakly", async () => {
    const cache = weakly<Thing>();
    let calls = 0;
    await die(100, (value) => {
      finalize(
        value,
        (id) => {
          calls++;
          cache.set(id, things(1, id)[0]!);
          expect(cache.get(id)?.id).toBe(id);
        },
        value.id,
      );
    });
    expect(calls).toBeGreaterThanOrEqual(90);
    expect(await gcUntil(() => cache.size <= 10, { tries: 20 })).toBe(true);
  });
});

describe("Weak dictionaries", () => {
  it("test_weak_values: size follows the dead", async () => {
    const cache = weakly<Thing>();
    const held = things(50);
    for (const value of held) cache.set(value.id, value);
    for (const value of things(100, 50)) cache.set(value.id, value);
    expect(await gcUntil(() => cache.size <= 60, { tries: 20 })).toBe(true);
    expect(held.every((value) => cache.get(value.id) === value)).toBe(true);
    held.length = 0;
    expect(await gcUntil(() => cache.size <= 15, { tries: 20 })).toBe(true);
  });

  it("test_weak_keys: size follows the dead", async () => {
    const cache = new WeakKeyCache<Thing, number>();
    const held = things(50);
    for (const key of [...held, ...things(100, 50)]) cache.set(key, key.id);
    expect(await gcUntil(() => cache.size <= 60, { tries: 20 })).toBe(true);
    expect(held.every((key) => cache.get(key) === key.id)).toBe(true);
  });

  it("test_weak_keyed_bad_delitem, test_contains: an absent key and one that can't be a key are not there", () => {
    const cache = new WeakKeyCache<object, number>();
    expect([cache.delete({}), cache.has({}), cache.has(5 as never), cache.get({})]).toEqual([
      false,
      false,
      false,
      undefined,
    ]);
    expect([weakly().delete(1), weakly().has(1)]).toEqual([false, false]);
  });

  it("test_threaded_weak_value_dict_setdefault: getOrInsert never returns undefined, whatever dies", async () => {
    const cache = weakly<Thing>();
    for (let round = 0; round < 8; round++) {
      for (let i = 0; i < 200; i++) {
        const found = cache.getOrInsert(i % 20, { id: i % 20 });
        expect(found.id).toBe(i % 20);
        expect(cache.getOrInsertComputed(i % 20, (id) => ({ id })).id).toBe(i % 20);
        if (i % 100 === 0) collectNow();
      }
      await settle();
    }
  });

  it("test_weak_valued_consistency: the death of an old value does not remove the new one", async () => {
    for (const max of [0, 5]) {
      const cache = new WeakCache<number, Thing>({ strong: { max } });
      const refs = refsTo(things(500).map((value) => (cache.set(value.id, value), value)));
      const held = things(500);
      for (const value of held) cache.set(value.id, value);
      await expectCollected(refs);
      await settle();
      for (const value of held) expect(cache.get(value.id)).toBe(value);
      expect(cache.size).toBe(500);
    }
  });

  it("test_weak_keyed_cascading_deletes: keys that die together with removed entries do no harm", async () => {
    const cache = new WeakKeyCache<Thing, unknown>();
    const held = things(200);
    const refs: WeakRef<WeakKey>[] = [];
    for (const key of held) {
      const inner = { id: -1 };
      cache.set(key, inner).set(inner, key);
      refs.push(new WeakRef(inner));
    }
    for (const key of held) {
      cache.delete(key);
      if (key.id % 50 === 0) await settle();
    }
    await expectCollected(refs);
    expect(await gcUntil(() => cache.size <= 20, { tries: 20 })).toBe(true);
  });

  it.each(["keys", "values", "entries"] as const)(
    "test_weak_values_destroy_while_iterating, test_weak_keys_destroy_while_iterating: %s",
    async (way) => {
      const cache = new WeakCache<number, Thing>({ strong: { max: 10 } });
      const keyed = new WeakKeyCache<Thing, number>();
      const held = things(100);
      for (const value of [...held, ...things(400, 100)]) {
        cache.set(value.id, value);
        keyed.set(value, value.id);
      }
      let seen = 0;
      for (const each of cache[way]()) {
        if (++seen % 40 === 0) await settle();
        expect(each).toBeDefined();
        if (seen === 60) {
          cache.set(5, held[5]!);
          cache.delete(499);
          cache.delete(6);
        }
      }
      expect(seen).toBeGreaterThanOrEqual(99);
      seen = 0;
      for (const each of keyed[way]()) {
        if (++seen % 40 === 0) await settle();
        expect(each).toBeDefined();
      }
      expect(seen).toBeGreaterThanOrEqual(100);
      for (const value of held) expect(cache.has(value.id)).toBe(value.id !== 6);
    },
  );

  it("test_weak_values_iterate_clear: clear and re-adding during an iteration", async () => {
    const cache = weakly<Thing>();
    const held = things(100);
    for (const value of held) cache.set(value.id, value);
    let seen = 0;
    for (const [key] of cache) {
      seen++;
      if (seen === 50) {
        cache.clear();
        await settle();
        for (const value of held.slice(0, 10)) cache.set(value.id, value);
      }
      expect(cache.has(key)).toBe(seen !== 50 || key < 10);
    }
    expect([cache.size, cache.liveSize()]).toEqual([10, 10]);
  });

  it("test_weak_values_del_and_len_while_iterating: size is right while removals wait", async () => {
    const cache = weakly<Thing>();
    const held = things(100);
    for (const value of held) cache.set(value.id, value);
    const iterator = cache.entries();
    iterator.next();
    for (let i = 0; i < 50; i++) expect(cache.delete(i)).toBe(true);
    expect([cache.size, cache.liveSize()]).toEqual([50, 50]);
    await settle();
    expect([...iterator].length).toBe(50);
    expect(held.length).toBe(100);
  });

  it("test_weak_values_len_race, test_weak_keys_len_race: 0 <= n2 <= n1 <= N, whenever collections come", async () => {
    for (let round = 0; round < 5; round++) {
      const cache = weakly<Thing>();
      const keyed = new WeakKeyCache<Thing, number>();
      for (const value of things(100)) {
        cache.set(value.id, value);
        keyed.set(value, value.id);
        if (value.id % (10 + round) === 0) await settle();
      }
      for (const each of [cache, keyed]) {
        const first = each.size;
        await settle();
        const second = each.size;
        expect(0 <= second && second <= first && first <= 100).toBe(true);
        expect(each.liveSize()).toBeLessThanOrEqual(second);
      }
    }
  });

  it("test_weak_values_len_cycles, test_weak_keys_len_cycles: members of cycles go as well", async () => {
    const cache = weakly<object>();
    const keyed = new WeakKeyCache<object, object>();
    for (let i = 0; i < 200; i++) {
      const cycle: { self?: object } = {};
      cycle.self = cycle;
      cache.set(i, cycle);
      keyed.set(cycle, cycle);
    }
    expect(await gcUntil(() => cache.size <= 20 && keyed.size <= 20, { tries: 20 })).toBe(true);
  });

  it("test_weak_values_dont_keep_one_alive: an open iterator keeps at most one value", async () => {
    const cache = weakly<Thing>();
    const refs = refsTo(things(500).map((value) => (cache.set(value.id, value), value)));
    const iterators = [cache.values(), cache.entries(), cache.keys()];
    const first = iterators.map((iterator) => iterator.next().done);
    expect(first).toEqual([false, false, false]);
    await expectCollected(refs);
    expect(iterators.flatMap((iterator) => [...iterator]).length).toBeLessThanOrEqual(150);
  });

  it("test_make_weak_valued_dict_from_dict, copies: a copy while values die never throws", async () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 100 } });
    for (let round = 0; round < 7; round++) {
      for (const value of things(10_000)) cache.set(value.id, value);
      await settle();
      const copy = new Map(cache);
      for (const [key, value] of copy) if (value.id !== key) expect.fail("a wrong value");
      expect(copy.size).toBeGreaterThanOrEqual(100);
    }
  });

  it("test_remove_closure: a dictionary that the program does not hold is collected", async () => {
    const make: (() => object)[] = [
      () => weakly<Thing>().set(1, things(1)[0]!),
      () => new WeakCache({ softLimit: "70%", minResidence: { epochs: 3, ms: 10_000 } }).set(1, {}),
      () => new WeakCache<number, object>({ onCollect: () => {} }).set(1, {}),
      () => new WeakKeyCache().set({}, 1),
      () => new Interner<number, object>(),
      () => weakMemoize((a: object) => a),
    ];
    for (const one of make) await expectCollected(refsTo(Array.from({ length: 50 }, one)));
  });
});

describe("FinalizeTestCase", () => {
  it("test_finalize: called once, with the arguments, returning the result", () => {
    const target = {};
    const finalizer = finalize(target, (a: number, b: number) => a * b, 6, 7);
    expect(finalizer.peek()?.args).toEqual([6, 7]);
    expect([finalizer.alive, finalizer(), finalizer(), finalizer.alive]).toEqual([
      true,
      42,
      undefined,
      false,
    ]);
    expect([finalizer.peek(), finalizer.detach()]).toEqual([undefined, undefined]);
  });

  it("test_finalize, detached: nothing runs", async () => {
    let calls = 0;
    await die(100, (value) => void finalize(value, () => calls++).detach());
    expect(calls).toBe(0);
  });

  it("test_finalize, handle dropped: the callback runs", async () => {
    let calls = 0;
    await die(100, (value) => void finalize(value, () => calls++));
    expect(calls).toBeGreaterThanOrEqual(90);
  });

  it("test_order: last in, first out for each value", async () => {
    const orders = new Map<number, number[]>();
    await die(100, (value) => {
      const order: number[] = [];
      orders.set(value.id, order);
      for (let i = 0; i < 4; i++) finalize(value, () => order.push(i));
    });
    const ran = [...orders.values()].filter((order) => order.length > 0);
    expect(ran.length).toBeGreaterThanOrEqual(90);
    for (const order of ran) expect(order).toEqual([3, 2, 1, 0]);
  });

  it("test_arg_errors, test_all_freed: arguments are held, and freed after the run", async () => {
    const targets = things(200);
    const ways = [
      (finalizer: () => unknown): unknown => finalizer(),
      (finalizer: { detach(): unknown }): unknown => finalizer.detach(),
    ];
    const finalizers: unknown[] = [];
    for (const end of ways) {
      const refs = refsTo(
        targets.map((target) => {
          const argument = { id: target.id };
          const finalizer = finalize(target, ({ id }) => id, argument);
          finalizers.push(finalizer);
          return argument;
        }),
      );
      await settle();
      await settle();
      expect(alive(refs)).toBe(200);
      for (const finalizer of finalizers.slice(-200)) end(finalizer as never);
      await expectCollected(refs);
    }
    expect(finalizers.length + targets.length).toBe(600);
  });
});
