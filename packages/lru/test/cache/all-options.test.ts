import { LRUCache, REMOVE, type LRUCacheOptions } from "@heapwise/lru";
import { POLICIES } from "../logged-cache.ts";
import { describe, expect, it, vi } from "vitest";

// A random walk over all options that write, expire and remove, against a plain Map with deadlines:
// sweeps take one to four slots at a time, so that they are nearly always unfinished.
const host = vi.hoisted(() => ({ slots: 1, tasks: [] as (() => void)[] }));
vi.mock(import("../../src/expiry/slice.ts"), () => ({
  MANY_SLOTS: 2,
  FEW_SLOTS: 1,
  createSlice: (slots: number) => {
    let left = slots === Infinity ? Infinity : host.slots;
    return () => left-- > 0;
  },
}));
vi.mock(import("../../src/host/macrotask.ts"), () => ({
  inMacrotask: (run: () => void) => void host.tasks.push(run),
}));

interface Entry {
  value: number | undefined;
  deadline: number;
  usedAt: number;
  writtenAt: number;
  weight: number;
  tags: string[];
  refreshAfter: number;
}
function rng(seed: number) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

Date.now = () => 1_700_000_000_000;
const RUNS = 2;
const SEED = Number(process.env["HEAPWISE_SEED"] ?? 1);

const KINDS: LRUCacheOptions<number, number | undefined>[] = [
  { max: 12, ttl: 50 },
  { max: 12, ttl: 50, idleTtl: 30, refreshAfter: 20 },
  { max: 12, ttl: 50, staleWhileRevalidate: 40, staleIfError: 20 },
  { max: 12, ttl: 300, idleTtl: 60, staleIfError: 100 },
  { max: 200, maxWeight: 30, ttl: 50, staleIfError: 40, weigh: (v) => (v ?? 1) % 5 },
  { max: 10, maxWeight: 30, ttl: 50, weigh: (v) => (v ?? 1) % 40 },
  { max: 12 },
  { max: 12, staleIfError: 30 },
  { maxBytes: 30_000, ttl: 50, staleIfError: 30 },
  { maxBytes: 30_000, ttl: 50, staleIfError: 30, remeasure: "onGet", detachTexts: "deep" },
  { maxBytes: 30_000, maxEntryBytes: "1k", idleTtl: 60, remeasure: { ms: 15 }, warnOpaque: true },
  { max: 12, maxBytes: 2000, ttl: 50, remeasure: { ms: 40 }, detachBuffers: true },
];

describe.each(POLICIES)("%s", (policyName, create) => {
  it.each(KINDS.map((kind) => [JSON.stringify(kind), kind] as const))(
    "walk %s",
    async (_t, kind) => {
      for (let run = 0; run < RUNS; run++) {
        const seed = SEED * 1e6 + run;
        try {
          await walk(seed, kind, create, policyName);
        } catch (error) {
          (error as Error).message += ` [seed ${seed}]`;
          throw error;
        }
      }
    },
  );
});

async function walk(
  seed: number,
  kind: LRUCacheOptions<number, number | undefined>,
  create: (typeof POLICIES)[number][1],
  policyName: string,
) {
  const random = rng(seed);
  const below = (n: number) => Math.floor(n * random());
  host.slots = 1 + below(4);
  host.tasks = [];
  let now = 1000;
  const { ttl = Infinity, idleTtl = Infinity, staleWhileRevalidate = 0, staleIfError = 0 } = kind;
  const staleFor = Math.max(staleWhileRevalidate as number, staleIfError as number);
  const model = new Map<number, Entry>();
  const absentFrom = (e: Entry) => Math.min(e.deadline, e.usedAt + idleTtl);
  const isAbsent = (e: Entry) => now >= absentFrom(e);
  const isOver = (e: Entry) => now >= absentFrom(e) + (e.value === undefined ? 0 : staleFor);
  const live = () => [...model].filter(([, e]) => !isAbsent(e));
  let pending: { key: number; value: number | undefined; refused: boolean } | undefined;
  let deleting = false;
  const counts = { hit: 0, miss: 0, inserted: 0, rejected: 0, evicted: 0, expired: 0 };
  let isWhole = false;
  const errors: unknown[] = [];
  const hasTimers = typeof kind.remeasure === "object";
  const timers = new Map<() => void, number>();
  const schedule = (run: () => void, ms: number): (() => void) => {
    const once = (): void => {
      timers.delete(once);
      run();
    };
    timers.set(once, now + ms);
    return () => void timers.delete(once);
  };
  const cache = new LRUCache<number, number | undefined>({
    ...kind,
    policy: create(),
    seed: 1,
    clock: { now: () => now, ...(hasTimers && { schedule }) },
    onError: (e) => errors.push(e),
    frozen: below(2) === 0,
    observers: [
      {
        hit: () => void counts.hit++,
        miss: () => void counts.miss++,
        inserted: () => void counts.inserted++,
        rejected: () => void counts.rejected++,
      },
    ],
    onRemoval: (key, value, cause) => {
      if (cause === "evicted" || cause === "expired") counts[cause]++;
      if (
        pending !== undefined &&
        key === pending.key &&
        value === pending.value &&
        cause !== "replaced"
      ) {
        pending.refused = true;
        return;
      }
      const e = model.get(key);
      if (e === undefined || e.value !== value)
        throw new Error(`unknown removal ${key} ${value} ${cause}`);
      if (cause === "expired" && !isOver(e)) throw new Error(`expired too early ${key}`);
      if (cause === "evicted" && !isAbsent(e)) {
        const l = live().length;
        if (l !== model.size)
          throw new Error(`live one evicted before ${model.size - l} absent ones`);
      }
      if (cause === "deleted" && !deleting) throw new Error("deleted");
      model.delete(key);
    },
  });
  const own = (e: Partial<Entry> & { value: number | undefined }): Entry => ({
    deadline: now + ttl,
    usedAt: now,
    writtenAt: now,
    weight: kind.weigh?.(e.value, 0) ?? 1,
    tags: [],
    refreshAfter: kind.refreshAfter ?? Infinity,
    ...e,
  });
  const write = (key: number, entry: Entry, act: () => void) => {
    pending = { key, value: entry.value, refused: false };
    const hadLive = model.has(key) && !isAbsent(model.get(key)!);
    void hadLive;
    act();
    const old = model.get(key);
    if (pending.refused) {
      if (old !== undefined) throw new Error("old stays beside refused");
    } else {
      model.delete(key);
      model.set(key, entry);
    }
    pending = undefined;
  };
  let value = 0;
  let lastTs = 0;
  const someTags = () => Array.from({ length: below(3) }, () => `t${below(4)}`);
  for (let step = 0; step < 150; step++) {
    const key = below(24);
    const r = random();
    isWhole = false;
    deleting = false;
    for (const [run, due] of timers) if (due <= now) run();
    expect(timers.size).toBeLessThanOrEqual(2);
    const v = random() < 0.05 ? undefined : ++value;
    const old = model.get(key);
    const liveOld = old !== undefined && !isAbsent(old) ? old : undefined;
    const keptOld = old !== undefined && !isOver(old) ? old : undefined;
    // undefined is not unique: do not write it over undefined.
    const val = v === undefined && old?.value === undefined && old !== undefined ? ++value : v;
    if (r < 0.15) write(key, own({ value: val }), () => cache.set(key, val));
    else if (r < 0.25) {
      const tags = someTags();
      const itsTtl = random() < 0.5 ? 1 + below(80) : undefined;
      write(
        key,
        own({
          value: val,
          tags: [...new Set(tags)],
          ...(itsTtl !== undefined && { deadline: now + itsTtl }),
        }),
        () => cache.set(key, val, { tags, ttl: itsTtl }),
      );
    } else if (r < 0.32) {
      const tags = random() < 0.3 ? someTags() : undefined;
      write(
        key,
        own({
          value: val,
          tags: tags ? [...new Set(tags)] : (keptOld?.tags ?? []),
          ...(liveOld && { deadline: liveOld.deadline }),
        }),
        () => cache.set(key, val, { keepTtl: true, tags }),
      );
    } else if (r < 0.38) {
      const keepTtl = random() < 0.5;
      write(
        key,
        own({
          value: val,
          tags: keptOld?.tags ?? [],
          ...(liveOld && keepTtl && { deadline: liveOld.deadline }),
        }),
        () => {
          cache.update(
            key,
            (was) => {
              expect(was).toBe(liveOld?.value);
              return val;
            },
            random() < 0.3 && !keepTtl ? undefined : { keepTtl },
          );
        },
      );
    } else if (r < 0.4) {
      deleting = true;
      cache.update(key, () => REMOVE);
    } else if (r < 0.55) {
      expect(cache.get(key)).toBe(liveOld?.value);
      if (liveOld) {
        liveOld.usedAt = now;
        model.delete(key);
        model.set(key, liveOld);
      }
    } else if (r < 0.62) {
      // A load.
      const tags = random() < 0.5 ? someTags() : undefined;
      const cttl = random() < 0.3 ? below(60) - 2 : undefined;
      const cref = random() < 0.3 ? below(60) : undefined;
      const swr =
        keptOld &&
        !liveOld &&
        old!.value !== undefined &&
        now < absentFrom(old!) + (staleWhileRevalidate as number);
      const due = liveOld && now - liveOld.writtenAt >= liveOld.refreshAfter;
      const loads = !liveOld || due;
      if (liveOld) {
        liveOld.usedAt = now;
        model.delete(key);
        model.set(key, liveOld);
      }
      const act = async () => {
        let called = false;
        const got = cache.getOrLoad(key, (_k, ctx) => {
          called = true;
          ctx.tags = tags;
          ctx.ttl = cttl;
          ctx.refreshAfter = cref;
          return ++value;
        });
        return { called, got: await got };
      };
      if (!loads) {
        const x = await act();
        expect(x).toEqual({ called: false, got: liveOld!.value });
      } else {
        let result: Promise<{ called: boolean; got: number | undefined }>;
        const expected = value + 1;
        write(
          key,
          own({
            value: expected,
            tags: [...new Set(tags ?? [])],
            ...(cttl !== undefined && { deadline: now + cttl }),
            ...(cref !== undefined && { refreshAfter: cref }),
          }),
          () => {
            result = act();
          },
        );
        const x = await result!;
        expect(x).toEqual({
          called: true,
          got: due ? liveOld!.value : swr ? old!.value : expected,
        });
      }
    } else if (r < 0.66) {
      deleting = true;
      expect(cache.delete(key)).toBe(liveOld !== undefined);
      expect(model.has(key)).toBe(false);
    } else if (r < 0.72) {
      deleting = true;
      isWhole = false;
      const tag = `t${below(4)}`;
      const tagged = [...model].filter(([, e]) => e.tags.includes(tag) && !isOver(e)).length;
      expect(cache.deleteByTag(tag)).toBe(tagged);
      expect([...model].filter(([, e]) => e.tags.includes(tag) && !isOver(e)).length).toBe(0);
    } else if (r < 0.84) now += random() < 0.15 ? below(500) : below(25);
    else if (r < 0.86) now -= kind.idleTtl === undefined ? below(20) : 0;
    else if (r < 0.9) host.tasks.shift()?.();
    else if (r < 0.91) {
      const { size } = model;
      expect(cache.expireNow()).toBe(size - model.size);
      isWhole = true;
    } else if (r < 0.915) {
      deleting = true;
      cache.clear();
      isWhole = true;
      expect(model.size).toBe(0);
    } else if (r < 0.92) {
      deleting = true;
      cache.deleteWhere((x) => x !== undefined && x % 3 === 0);
      isWhole = true;
      expect([...model.values()].some((e) => e.value !== undefined && e.value % 3 === 0)).toBe(
        false,
      );
    } else if (r < 0.93) {
      cache.trim(random());
      isWhole = true;
    } else if (r < 0.94) {
      const l = live().length;
      cache.evict();
      expect(live().length).toBe(Math.max(0, l - 1));
      isWhole = true;
    } else if (r < 0.95 && kind.max !== undefined) {
      cache.resize({ max: below(3) === 0 ? 0 : kind.max });
      isWhole = true;
      if (cache.max === 0) {
        expect(model.size).toBe(0);
        cache.resize({ max: kind.max });
      }
    } else if (r < 0.98) {
      const { size } = cache;
      expect(size).toBeGreaterThanOrEqual(live().length);
      expect(size).toBeLessThanOrEqual(model.size);
      const w = cache.weight;
      if (kind.maxBytes === undefined) {
        expect(w).toBeGreaterThanOrEqual(live().reduce((s, [, e]) => s + e.weight, 0));
        expect(w).toBeLessThanOrEqual([...model.values()].reduce((s, e) => s + e.weight, 0));
      }
    } else {
      const snap = JSON.parse(JSON.stringify(cache.snapshot()));
      const kept = [...model].filter(([, e]) => !isOver(e));
      expect(
        new Map(snap.entries.map((e: { key: number; tags?: string[] }) => [e.key, e.tags ?? []])),
      ).toEqual(new Map(kept.map(([k, e]) => [k, e.tags])));
      const bad: unknown[] = [];
      const again = LRUCache.from<number, number | undefined>(snap, {
        ...kind,
        policy: create(),
        clock: { now: () => now, ...(hasTimers && { schedule: () => () => {} }) },
        onError: (e) => bad.push(e),
      });
      expect(bad).toEqual([]);
      const livee = new Map(live().map(([k, e]) => [k, e.value]));
      expect(new Map(again)).toEqual(livee);
      if (ttl !== Infinity)
        for (const [k, e] of live()) {
          const x = again.info(k)!.expiresIn;
          if (x === undefined) expect(absentFrom(e)).toBe(Infinity);
          else if (absentFrom(e) !== Infinity)
            expect(Math.abs(x - (absentFrom(e) - now))).toBeLessThan(20);
        }
      expect(again.size).toBeGreaterThanOrEqual(livee.size);
      again.expireNow();
      expect([again.size, again.stats().stale]).toEqual([livee.size, kept.length - livee.size]);
    }
    if (policyName === "lru")
      expect([...cache]).toEqual(
        live()
          .map(([k, e]) => [k, e.value])
          .reverse(),
      );
    else expect(new Map(cache)).toEqual(new Map(live().map(([k, e]) => [k, e.value])));
    for (const [k, e] of model) {
      expect(cache.has(k)).toBe(!isAbsent(e));
      const info = cache.info(k);
      if (info !== undefined) {
        expect(info.expiresIn ?? Infinity).toBe(absentFrom(e) - now);
        if (kind.maxBytes === undefined) expect(info.weight).toBe(e.weight);
      }
    }
    const s = cache.stats();
    expect([s.hits, s.misses, s.inserts, s.rejections]).toEqual([
      counts.hit,
      counts.miss,
      counts.inserted,
      counts.rejected,
    ]);
    expect([s.evictions + s.rejections, s.expirations]).toEqual([counts.evicted, counts.expired]);
    expect(errors).toEqual([]);
    if (isWhole) {
      expect([...model.values()].filter(isOver)).toEqual([]);
      expect([cache.size, s.stale]).toEqual([live().length, model.size - live().length]);
    }
    expect(host.tasks.length).toBeLessThanOrEqual(2);
    lastTs = now;
  }
  void lastTs;
}
