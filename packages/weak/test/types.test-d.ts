import {
  WeakCache,
  type LoadOptions,
  type Pin,
  type RemovalCause,
  type WeakCacheOptions,
  type WeakCacheStats,
  type WeakLoadContext,
  type WeakLoader,
  type WeakSetOptions,
} from "@heapwise/weak";
import { describe, expectTypeOf, it } from "vitest";

interface User {
  readonly name: string;
}

describe("WeakCache", () => {
  const cache = new WeakCache<string, User>();

  it("types what it holds and loads", () => {
    expectTypeOf(cache.get("a")).toEqualTypeOf<User | undefined>();
    expectTypeOf(cache.set("a", { name: "" }, { ttl: 5 })).toEqualTypeOf<WeakCache<string, User>>();
    expectTypeOf(cache.getOrLoad("a")).toEqualTypeOf<Promise<User>>();
    expectTypeOf(cache.getOrLoad)
      .parameter(1)
      .toEqualTypeOf<WeakLoader<string, User> | undefined>();
    expectTypeOf(cache.getOrLoad).parameter(2).toEqualTypeOf<LoadOptions | undefined>();
    expectTypeOf(cache.pin("a")).toEqualTypeOf<Pin | undefined>();
    expectTypeOf<Pin>().toExtend<Disposable>();
    expectTypeOf<Pin["release"]>().toEqualTypeOf<() => void>();
    expectTypeOf<WeakSetOptions["ttl"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf(cache.stats()).toEqualTypeOf<WeakCacheStats>();
    expectTypeOf<WeakCacheStats["pinned"]>().toEqualTypeOf<number>();
  });

  it("types what its options are called with", () => {
    new WeakCache<string, User>({
      ttl: 1000,
      load: (key, context) => {
        expectTypeOf(key).toEqualTypeOf<string>();
        expectTypeOf(context).toEqualTypeOf<WeakLoadContext>();
        expectTypeOf(context.ttl).toEqualTypeOf<number | undefined>();
        expectTypeOf(context.signal.aborted).toEqualTypeOf<boolean>();
        return { name: key };
      },
      onRemoval: (key, value, cause) => {
        expectTypeOf(key).toEqualTypeOf<string>();
        expectTypeOf(value).toEqualTypeOf<User>();
        expectTypeOf(cause).toEqualTypeOf<RemovalCause>();
      },
      dispose: (value, key) => {
        expectTypeOf(value).toEqualTypeOf<User>();
        expectTypeOf(key).toEqualTypeOf<string>();
      },
    });
    new WeakCache<string, User>({ dispose: true, load: async (name) => ({ name }) });
    // @ts-expect-error The loader makes another value.
    new WeakCache<string, User>({ load: () => 5 });
    // @ts-expect-error Nothing reads the weight of an entry.
    new WeakCache<string, User>({ load: (name, context) => ((context.weight = 1), { name }) });
  });

  it("takes options that name no values, as it did before they could", () => {
    const options: WeakCacheOptions<string> = { strong: { max: 5 }, onCollect: () => {} };
    expectTypeOf(new WeakCache<string, User>(options)).toEqualTypeOf<WeakCache<string, User>>();
  });
});
