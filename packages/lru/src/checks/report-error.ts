interface Host {
  readonly queueMicrotask?: (run: () => void) => void;
  readonly reportError?: (error: unknown) => void;
}

const host = globalThis as unknown as Host;

/** Hands an error that no caller can catch to the listener, or to the host as an uncaught one where there is none. */
export function reportError(error: unknown, onError: ((error: unknown) => void) | undefined): void {
  if (onError === undefined) {
    reportUncaught(error);
    return;
  }
  try {
    onError(error);
  } catch (failure) {
    reportUncaught(failure);
  }
}

function reportUncaught(error: unknown): void {
  if (host.reportError !== undefined) host.reportError(error);
  else if (host.queueMicrotask === undefined) void Promise.reject(error);
  else {
    host.queueMicrotask(() => {
      throw error;
    });
  }
}
