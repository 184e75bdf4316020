import { ObjectPool, StaleLeaseError } from "@heapwise/pool";
import { describe, expect, it } from "vitest";

class Document {
  #secret = { hits: 0 };
  list: { n: number }[] = [{ n: 1 }, { n: 2 }];
  plain: { inner: { n: number } } = { inner: { n: 1 } };
  map = new Map<string, { n: number }>([["a", { n: 1 }]]);
  set = new Set([{ n: 1 }]);
  bytes = new Uint8Array(4);
  current: unknown = undefined;
  run = (): number => this.#secret.hits;

  self(): this {
    return this;
  }
  hit(): number {
    return ++this.#secret.hits;
  }
  getList(): { n: number }[] {
    return this.list;
  }
  get secret(): { hits: number } {
    return this.#secret;
  }
  get copy(): { n: number }[] {
    return [...this.list];
  }
  parse(text: string): { words: string[] } {
    return { words: text.split(" ") };
  }
  isSame(other: unknown): boolean {
    return other === this;
  }
  holds(item: { n: number }): boolean {
    return this.list.includes(item);
  }
  async load(): Promise<number> {
    return this.#secret.hits;
  }
  *[Symbol.iterator](): Generator<number> {
    for (const { n } of this.list) yield n;
  }
}

function createPool(): ObjectPool<Document> {
  return new ObjectPool({ create: () => new Document(), debug: true, name: "documents" });
}

describe("A proxy of debug mode", () => {
  it("is the same one each time it is passed out", () => {
    const document = createPool().acquire();
    expect(document.self()).toBe(document);
    expect(document.self().self()).toBe(document);
    expect(document.list).toBe(document.list);
    expect(document.getList()).toBe(document.list);
    expect(document.list[0]).toBe(document.list[0]);
    expect(document.list.at(-1)).toBe(document.list[1]);
    expect(document.map.get("a")).toBe([...document.map.values()][0]);
    expect(document.secret).toBe(document.secret);
    expect(document.hit).toBe(document.hit);
    expect(document.run).toBe(document.run);
    expect(document.constructor).toBe(Document);
    expect(document).toBeInstanceOf(Document);
    expect(document.map.set("b", { n: 2 })).toBe(document.map);
    expect(document.list.sort()).toBe(document.list);
  });

  it.each<[string, (document: Document) => () => unknown]>([
    [
      "an array",
      ({ list }) =>
        () =>
          list.push({ n: 3 }),
    ],
    [
      "an array's length",
      ({ list }) =>
        () =>
          list.length,
    ],
    [
      "an element",
      ({ list }) => {
        const [first] = list;
        return () => first!.n;
      },
    ],
    [
      "an element from a method",
      ({ list }) => {
        const one = list.find(({ n }) => n === 2)!;
        return () => (one.n = 3);
      },
    ],
    [
      "an element in a callback",
      ({ list }) => {
        let kept: { n: number };
        list.forEach((each) => (kept = each));
        return () => kept.n;
      },
    ],
    [
      "a plain object",
      ({ plain }) =>
        () =>
          plain.inner,
    ],
    [
      "an inner object",
      ({ plain: { inner } }) =>
        () =>
          (inner.n = 2),
    ],
    [
      "a value of Object.values",
      (document) => {
        const [inner] = Object.values(document.plain);
        return () => inner!.n;
      },
    ],
    [
      "a map",
      ({ map }) =>
        () =>
          map.get("a"),
    ],
    [
      "a map's size",
      ({ map }) =>
        () =>
          map.size,
    ],
    [
      "a value of a map",
      ({ map }) => {
        const one = map.get("a")!;
        return () => one.n;
      },
    ],
    [
      "a value of a map's iterator",
      ({ map }) => {
        const [one] = map.values();
        return () => one!.n;
      },
    ],
    [
      "an entry of a map",
      ({ map }) => {
        const [[, one]] = map as unknown as [[string, { n: number }]];
        return () => one.n;
      },
    ],
    [
      "a value of a map in a callback",
      ({ map }) => {
        let kept: { n: number };
        map.forEach((each) => (kept = each));
        return () => kept.n;
      },
    ],
    [
      "an iterator of a map",
      ({ map }) => {
        const keys = map.keys();
        return () => keys.next();
      },
    ],
    [
      "a member of a set",
      ({ set }) => {
        const [one] = set;
        return () => one!.n;
      },
    ],
    [
      "a private field that a getter returns",
      ({ secret }) =>
        () =>
          secret.hits++,
    ],
    [
      "a field that a method returns",
      (document) => {
        const list = document.getList();
        return () => list.pop();
      },
    ],
    [
      "a method",
      (document) => {
        const { self } = document;
        return () => self.call(document);
      },
    ],
    [
      "itself as a method returned it",
      (document) => {
        const self = document.self();
        return () => self.hit();
      },
    ],
    [
      "a function",
      ({ run }) =>
        () =>
          run(),
    ],
    ["deleting", (document) => () => delete document.current],
    ["looking for a key", (document) => () => "list" in document],
    [
      "its keys",
      ({ plain }) =>
        () =>
          Object.keys(plain),
    ],
  ])("notices a use after release: %s", (_, borrow) => {
    const pool = createPool();
    const document = pool.acquire();
    const use = borrow(document);
    pool.release(document);
    const next = pool.acquire();
    const before = JSON.stringify([next.list, next.plain, next.secret]);
    expect(use).toThrow(StaleLeaseError);
    expect(use).toThrow("documents");
    expect(JSON.stringify([next.list, next.plain, next.secret])).toBe(before);
    pool.release(next);
  });

  it("is passed in as its object", () => {
    const document = createPool().acquire();
    const [first] = document.list;
    expect(document.isSame(document)).toBe(true);
    expect(document.holds(first!)).toBe(true);
    expect(document.list.includes(first!)).toBe(true);
    expect(document.list.indexOf(first!)).toBe(0);
    document.list.push(first!);
    document.plain.inner = first!;
    document.list.reverse();
    expect(document.list.map(({ n }) => n)).toEqual([1, 2, 1]);
    expect(document.list[0]).toBe(first);
    expect(document.plain.inner).toBe(first);
    const [member] = document.set;
    expect(document.set.has(member!)).toBe(true);
    expect(document.set.delete(member!)).toBe(true);
  });

  it("of a loan that has ended is not passed into another loan", () => {
    const pool = createPool();
    const [a, b] = [pool.acquire(), pool.acquire()];
    const [kept] = a.list;
    pool.release(a);
    expect(() => b.holds(kept!)).toThrow(StaleLeaseError);
    expect(() => (b.current = kept)).toThrow(StaleLeaseError);
    expect(() => pool.release(b.list as never)).toThrow(TypeError);
    pool.release(b);
  });

  it("does not wrap objects of the borrower", () => {
    const pool = createPool();
    const document = pool.acquire();
    const mine = { n: 9 };
    document.current = mine;
    document.list.push(mine);
    document.map.set("mine", mine);
    expect(document.current).toBe(mine);
    expect(document.list.at(-1)).toBe(mine);
    expect(document.map.get("mine")).toBe(mine);
    const results = [
      document.parse("a b"),
      document.copy,
      [...document],
      document.list.slice(0, 0),
    ];
    pool.release(document);
    expect(mine.n).toBe(9);
    expect(JSON.stringify(results[0])).toBe('{"words":["a","b"]}');
    expect(results.slice(1).map((each) => (each as unknown[]).length)).toEqual([3, 3, 0]);
    const parsed = pool.use((each) => each.parse("c"));
    expect(parsed.words).toEqual(["c"]);
  });

  it("leaves values that the platform takes only as they are: typed arrays, buffers, promises, frozen properties", async () => {
    const document = createPool().acquire();
    expect(ArrayBuffer.isView(document.bytes)).toBe(true);
    expect(new DataView(document.bytes.buffer).byteLength).toBe(4);
    expect(new TextDecoder().decode(document.bytes)).toBe("\0\0\0\0");
    document.hit();
    expect(document.load()).toBeInstanceOf(Promise);
    expect(await document.load()).toBe(1);
    expect(await document).toBe(document);
    const inner = { n: 1 };
    const frozen = new ObjectPool({ create: () => Object.freeze({ inner }), debug: true });
    expect(frozen.acquire().inner).toBe(inner);
  });

  it("of a promise, a date, a class, a function with properties and a weak map works", async () => {
    const values = {
      date: new Date(5),
      Type: class {
        readonly made = 1;
        static #made = 1;
        static made(): number {
          return this.#made;
        }
      },
      run: Object.assign((n: number) => n + 1, { calls: { n: 3 } }),
      weak: new WeakMap<object, number>(),
      pattern: /a(b)/,
    };
    const pool = new ObjectPool({ create: () => values, debug: true });
    const lent = pool.acquire();
    expect(lent.date.getTime()).toBe(5);
    expect(lent.Type.made()).toBe(1);
    expect(new lent.Type()).toBeInstanceOf(lent.Type);
    expect(lent.run(1)).toBe(2);
    expect(lent.run.calls.n).toBe(3);
    expect(lent.weak.set(lent.date, 1)).toBe(lent.weak);
    expect(values.weak.get(values.date)).toBe(1);
    expect(lent.weak.get(lent.date)).toBe(1);
    expect(lent.pattern.exec("ab")![1]).toBe("b");
    expect("ab".replace(lent.pattern, "c")).toBe("c");
    pool.release(lent);
    const promises = new ObjectPool({ create: () => ({ now: Promise.resolve(1) }), debug: true });
    expect(await promises.acquire().now).toBe(1);
  });
});
