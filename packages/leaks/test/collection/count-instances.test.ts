import { describe, expect, it, vi } from "vitest";
import { countInstances } from "../../src/collection/count-instances.ts";
import { NO_INSPECTOR, v8Without, withModules } from "../with-modules.ts";

class Shape {
  readonly sides: number = 0;
}
class Circle extends Shape {
  override readonly sides = 1;
}
abstract class Animal {
  readonly legs: number = 4;
}
class Dog extends Animal {
  override readonly legs = 3;
}

const held: object[] = [];
/** Fills `held` in a frame of its own, which is gone afterwards. */
function plant(): void {
  held.push(new Shape(), new Circle(), new Circle(), new Dog(), Object.create(Shape.prototype));
}

const all = { includeSubclasses: true };

const MEANS = {
  "the inspector": {},
  "a snapshot": NO_INSPECTOR,
};

describe.each(Object.entries(MEANS))("countInstances by %s", (_means, modules) => {
  it("counts the instances of a class, and those of its subclasses if asked to", () => {
    withModules(modules);
    plant();
    expect(countInstances(Shape)).toBe(2);
    expect(countInstances(Shape, all)).toBe(4);
    expect(countInstances(Animal)).toBe(0);
    held.length = 0;
    expect(countInstances(Shape, all)).toBe(0);
  });
});

describe("countInstances", () => {
  it("counts instances of an abstract class only with subclasses", () => {
    plant();
    expect([countInstances(Animal), countInstances(Animal, all)]).toEqual([0, 1]);
    held.length = 0;
  });

  it("counts plain objects", () => {
    expect(countInstances(Object)).toBeGreaterThan(100);
    expect(countInstances(Object, all)).toBeGreaterThan(countInstances(Object));
  });

  it("counts what a function with a prototype constructs", () => {
    function Old() {}
    held.push(Reflect.construct(Old, []));
    expect(countInstances(Old)).toBe(1);
    held.length = 0;
  });

  it("prints no warning and leaves nothing on the module that it hands the class over", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const v8 = process.getBuiltinModule("node:v8");
    const before = Reflect.ownKeys(v8);
    countInstances(Shape);
    expect([Reflect.ownKeys(v8), warn.mock.calls]).toEqual([before, []]);
    vi.restoreAllMocks();
  });

  it("throws if the host cannot count", () => {
    withModules({ ...NO_INSPECTOR, ...v8Without("queryObjects", "getHeapSnapshot") });
    expect(() => countInstances(Shape)).toThrow(
      "Cannot count instances: the host has no means to, expected Node with an inspector",
    );
  });

  it.each([
    [undefined, "Class is undefined"],
    [{}, "Class is an object"],
    [Shape.bind(null), "Class is a function without a prototype"],
    [() => {}, "Class is a function without a prototype"],
  ])("refuses a class that has no prototype: %s", (Class, found) => {
    const call = (): number => countInstances(Class as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(`Cannot count instances: ${found}, expected a class`);
  });

  it("refuses wrong options", () => {
    expect(() => countInstances(Shape, { includeSubclasses: 1 as never })).toThrow(TypeError);
    expect(() => countInstances(Shape, { deep: true } as never)).toThrow(TypeError);
  });
});
