import { chargeOf } from "@heapwise/sizeof";
import { FakeClock, randomStream } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { LRUCache, REMOVE, type LRUCacheOptions } from "../../src/index.ts";
import { POLICIES } from "../logged-cache.ts";

// A random walk over all operations that write, remove and size, compared with books that are added
// up again each time. The listener reports the removals; the check of the bound shows that they are
// in time.

const SLOT = 56;
const HASH = 4;
const TIME = 24;
/** The bytes of a slot, by the name of the policy. */
const POLICY: Record<string, number> = {
  lru: 0,
  sieve: 1,
  s3Fifo: HASH + 11,
  wTinyLfu: HASH + 13,
  adaptive: HASH + 30,
};
const SHARE = 88;
const SHARE_LIST = 56;
const TAG_LIST = 120;
const TAG_PLACE = 36;
const TAG = 175;
const MAX = 20_000;
const SEED = Number(process.env["HEAPWISE_SEED"] ?? 1);

type Value = number | string | ArrayBufferView | { list: unknown[] };
type Options = LRUCacheOptions<string, Value>;

interface Entry {
  value: Value;
  tags: readonly string[];
  own: number;
  parts: Map<unknown, number>;
  isOpaque: boolean;
}

const blocks = [100, 700, 3000].map((length) => new ArrayBuffer(length));
const texts = ["a", "b", "c"].map((letter) => letter.repeat(2000));
const copyOf = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

const KINDS: readonly Options[] = [
  {},
  {
    bytesOf: (value) =>
      typeof value === "object" && "list" in value ? 100 * value.list.length : 70,
  },
  { max: 8, maxEntryBytes: 6000 },
  { ttl: 40, staleIfError: 20 },
  { idleTtl: 60, detachTexts: false },
  { maxWeight: 40, weigh: () => 5 },
  { remeasure: "onGet" },
  { remeasure: "onGet", ttl: 50, staleWhileRevalidate: 30, dispose: true },
  { remeasure: { ms: 25 } },
  { remeasure: { ms: 10 }, ttl: 40, maxEntryBytes: 5000, detachBuffers: true },
  { detachTexts: "deep", frozen: true, detachBuffers: true, warnOpaque: true },
];

describe.each(POLICIES)("%s", (name, policy) => {
  it.each(KINDS.map((kind) => [JSON.stringify(kind), kind] as const))(
    "the books are right after any history: %s",
    async (_title, kind) => {
      for (const seed of [SEED, SEED + 1000]) await walk(seed, kind, policy(), slotOf(kind, name));
    },
  );
});

function slotOf(
  { ttl, idleTtl, staleIfError, staleWhileRevalidate }: Options,
  policy: string,
): number {
  const time = ttl === undefined && idleTtl === undefined ? 0 : TIME;
  const more = [idleTtl, staleIfError ?? staleWhileRevalidate].filter((ms) => ms !== undefined);
  return SLOT + POLICY[policy]! + time + 8 * more.length;
}

async function walk(
  seed: number,
  kind: Options,
  policy: NonNullable<Options["policy"]>,
  slotBytes: number,
): Promise<void> {
  const random = randomStream(seed);
  const below = (n: number): number => Math.floor(n * random());
  const clock = new FakeClock();
  const model = new Map<string, Entry>();
  const latest = new Map<unknown, number>();
  let pending: { key: string; isRefused: boolean } | undefined;
  let isReentrant = false;

  /** The record of a tag is charged to the entry that has it alone. */
  const tagsBytes = (tags: readonly string[]): number => {
    const having = (tag: string): number =>
      [...model.values()].filter((entry) => entry.tags.includes(tag)).length;
    const of = (tag: string): number => TAG_PLACE + (having(tag) > 1 ? 0 : TAG + 2 * tag.length);
    return tags.reduce((sum, tag) => sum + of(tag), tags.length > 0 ? TAG_LIST : 0);
  };
  const charge = (
    key: string,
    value: Value,
    tags: readonly string[],
    tagged: number = tagsBytes(tags),
  ): Entry => {
    const parts = new Map<unknown, number>();
    if (kind.bytesOf) return { value, tags, own: kind.bytesOf(value, key), parts, isOpaque: false };
    const share = {
      parts: "large" as const,
      charge: (part: object, bytes: number) => (parts.set(part, bytes), false),
    };
    const { bytes, opaque } = chargeOf(value, { share });
    const isText = typeof value === "string" && value.length >= 1024;
    if (isText) parts.set(value, bytes);
    const isOpaque = opaque > 0;
    const count = parts.size + Number(isOpaque);
    const list = count > 1 ? SHARE_LIST + 8 * count : 0;
    const own = chargeOf(key).bytes + (isText ? 0 : bytes) + list + tagged;
    return { value, tags, own, parts, isOpaque };
  };
  const put = (key: string, entry: Entry): void => {
    model.set(key, entry);
    for (const [part, bytes] of entry.parts) latest.set(part, bytes);
  };
  const bytes = (): number => {
    const parts = new Set([...model.values()].flatMap((entry) => [...entry.parts.keys()]));
    const slots = model.size * slotBytes;
    const own = [...model.values()].reduce((sum, entry) => sum + entry.own, slots);
    return [...parts].reduce<number>((sum, part) => sum + latest.get(part)! + SHARE, own);
  };
  /** The model sizes the same entries again as the cache. */
  const again = (keys: Iterable<string>): void => {
    if (kind.remeasure === undefined) return;
    for (const key of keys) {
      const entry = model.get(key);
      if (typeof entry?.value === "object") put(key, charge(key, entry.value, entry.tags));
    }
  };

  const cache: LRUCache<string, Value> = new LRUCache<string, Value>({
    maxBytes: MAX,
    ...kind,
    policy,
    seed,
    clock,
    load: () => make(),
    onError: () => {},
    ...(kind.bytesOf && {
      bytesOf: (value, key) => {
        if (isReentrant) {
          isReentrant = false;
          if (below(3) === 0) cache.clear();
          else cache.delete(`${below(12)}`);
        }
        return kind.bytesOf!(value, key);
      },
    }),
    onRemoval: (key, value, cause) => {
      if (pending?.key === key && cause !== "replaced" && model.get(key)?.value !== value) {
        pending.isRefused = true;
      } else if (model.get(key)?.value === value) model.delete(key);
    },
  });
  const make = (): Value => {
    switch (below(7)) {
      case 0:
        return below(100) + 0.5;
      case 1:
        return copyOf(texts[below(3)]!);
      case 2:
        return new Uint8Array(blocks[below(3)]!, 0, below(90));
      case 3:
        return { list: [() => below] };
      case 4:
        return { list: [copyOf("equal text in all of them"), copyOf(texts[0]!)] };
      default:
        return {
          list: [
            new Array(below(300)).fill(1),
            ...blocks.slice(below(4)).map((b) => new DataView(b)),
          ],
        };
    }
  };
  const write = (key: string, value: Value, tags: readonly string[], act: () => void): void => {
    pending = { key, isRefused: false };
    const old = model.get(key)?.value;
    const tagged = tagsBytes(tags);
    act();
    // A stored text is not replaced by an equal text.
    const isSame = typeof value !== "object" && old === value;
    const stored = cache.peek(key);
    if (pending.isRefused || (isSame && !cache.has(key))) model.delete(key);
    else put(key, charge(key, kind.detachBuffers ? (stored ?? value) : value, tags, tagged));
    pending = undefined;
  };

  for (let step = 0; step < 120; step++) {
    const key = `${below(12)}`;
    const choice = below(20);
    if (choice < 6) {
      const tags = below(3) === 0 ? ["tag", `${below(3)}`] : [];
      const value = make();
      isReentrant = below(4) === 0;
      write(key, value, tags, () => cache.set(key, value, { tags }));
    } else if (choice < 7 && !kind.detachBuffers) {
      const value = below(4) === 0 ? REMOVE : make();
      const tags = model.get(key)?.tags ?? [];
      isReentrant = false;
      if (value === REMOVE) cache.update(key, () => value);
      else write(key, value, cache.has(key) ? tags : [], () => cache.update(key, () => value));
      // A stale entry may have kept its tags.
      if (value !== REMOVE && tags.length > 0) cache.delete(key);
    } else if (choice < 10) {
      cache.get(key);
      if (kind.remeasure === "onGet") again([key].filter(() => cache.has(key)));
    } else if (choice < 11) cache.delete(key);
    else if (choice < 14) {
      const value = cache.peek(key);
      if (typeof value === "object" && "list" in value && !kind.frozen) {
        if (below(3) === 0) value.list.length = 0;
        else
          value.list.push(
            new Array(below(300)).fill(1),
            new Uint8Array(blocks[below(3)]!),
            () => 1,
          );
      }
    } else if (choice < 15) cache.trim([0.5, { toBytes: below(MAX) }][below(2)]!);
    else if (choice < 16) {
      cache.resize({ maxBytes: kind.maxEntryBytes === undefined ? 1000 + below(MAX) : 8000 });
      expect(cache.bytes()).toBeLessThanOrEqual(cache.maxBytes);
      cache.resize({ maxBytes: MAX });
    } else if (choice < 17) {
      cache.deleteByTag("tag");
      if (below(5) === 0) cache.clear();
    } else if (choice < 18) {
      const round = (kind.remeasure as { ms: number } | undefined)?.ms;
      clock.advance(round ?? below(30));
      if (round !== undefined) again(model.keys());
    } else if (choice < 19) cache.evict();
    else {
      const had = cache.has(key);
      await cache.getOrLoad(key);
      if (had) again(kind.remeasure === "onGet" && cache.has(key) ? [key] : []);
      else if (cache.has(key)) put(key, charge(key, cache.peek(key)!, []));
    }
    expect(cache.bytes()).toBe(bytes());
    expect(cache.bytes()).toBeLessThanOrEqual(MAX);
    expect(cache.stats().opaque).toBe([...model.values()].filter((e) => e.isOpaque).length);
  }
  cache.clear();
  expect([cache.bytes(), cache.stats().opaque, clock.pending.length]).toEqual([0, 0, 0]);
}
