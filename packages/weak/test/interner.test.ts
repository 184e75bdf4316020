import { Interner } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

describe("An Interner", () => {
  it("makes one live instance for each key", () => {
    const interner = new Interner<string, object>();
    const make = vi.fn((key: string) => thing(key));
    const a = interner.intern("a", make);
    expect([interner.intern("a", make), interner.peek("a")]).toEqual([a, a]);
    expect(interner.intern("b", make)).not.toBe(a);
    expect(make.mock.calls).toEqual([["a"], ["b"]]);
    collect(a);
    expect([interner.peek("a"), interner.size, interner.liveSize()]).toEqual([undefined, 1, 1]);
    expect(interner.intern("a", make)).not.toBe(a);
  });

  it("takes the instance that make itself has interned", () => {
    const interner = new Interner<string, object>();
    const inner = thing("inner");
    const outer = interner.intern("a", () => {
      interner.intern("a", () => inner);
      return thing("outer");
    });
    expect(outer).toBe(inner);
    expect(interner.peek("a")).toBe(inner);
  });

  it("stores nothing when make throws or returns no object", () => {
    const interner = new Interner<string, object>();
    const fail = (): never => {
      throw new Error("no");
    };
    expect(() => interner.intern("a", fail)).toThrow("no");
    for (const value of [undefined, null, 1, "text", Symbol.for("x")]) {
      expect(() => interner.intern("a", () => value as never)).toThrow(TypeError);
    }
    expect(() => interner.intern("a", undefined as never)).toThrow(TypeError);
    expect([interner.size, interner.peek("a")]).toEqual([0, undefined]);
  });

  it("forgets by clear", () => {
    const interner = new Interner<string, object>();
    const a = interner.intern("a", thing);
    interner.clear();
    expect(interner.intern("a", thing)).not.toBe(a);
  });
});
