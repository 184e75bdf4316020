import type { Hot, HotContext, HotControl } from "./hot.ts";

/** Makes the `hot` of a module and the host's side of it. */
export function makeHot({ scope, data, onError }: HotContext): HotControl {
  const disposers: ((data: Record<string, unknown>) => void | Promise<void>)[] = [];
  const hot = {
    data,
    get signal() {
      return scope.signal;
    },
    defer: (cleanup: () => void) => scope.defer(cleanup),
    dispose: (callback: (data: Record<string, unknown>) => void) => void disposers.push(callback),
  } as unknown as Hot;
  return {
    hot,
    acceptsItself: false,
    declines: false,
    accepts: () => false,
    deliver: () => {},
    deliverItself: () => {},
    async dispose(next) {
      for (const callback of disposers.splice(0).reverse()) {
        try {
          await callback(next);
        } catch (error) {
          onError(error);
        }
      }
    },
    emit: () => {},
    tracked: () => [],
    clear: () => void disposers.splice(0),
  };
}
