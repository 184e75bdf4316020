interface Host {
  readonly queueMicrotask?: (run: () => void) => void;
  readonly reportError?: (error: unknown) => void;
}

const host = globalThis as unknown as Host;

/**
 * Reports an error that no caller can catch: calls the listener, or reports the error to the host
 * as uncaught if there is no listener, or if the listener throws.
 */
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
