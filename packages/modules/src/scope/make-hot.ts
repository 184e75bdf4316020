import type { Hot, HotContext, HotControl } from "./hot.ts";

/** Makes the `hot` of a module and the host's side of it. */
export function makeHot({ scope, data, onError }: HotContext): HotControl {
  const disposers: ((data: Record<string, unknown>) => void | Promise<void>)[] = [];
  const listeners = new Set<{ name: string; callback: (payload: never) => void }>();
  const hot = {
    data,
    on: (name: string, callback: (payload: never) => void) =>
      void listeners.add({ name, callback }),
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
      for (const callback of [...disposers].reverse()) {
        try {
          await callback(next);
        } catch (error) {
          onError(error);
        }
      }
    },
    emit(name, payload) {
      for (const listener of listeners) {
        if (listener.name !== name) continue;
        try {
          listener.callback(payload as never);
        } catch (error) {
          onError(error);
        }
      }
    },
    tracked: () => [],
    clear: () => void disposers.splice(0),
  };
}
