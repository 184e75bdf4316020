import type { SentError } from "../src/backends/worker/messages.ts";

const { structuredClone } = globalThis;
/** Causes of causes that cross. */
const DEPTH = 8;

/**
 * The data that the host needs to make an equal error. Structured clone would lose `name` and
 * `code`.
 */
export function toSentError(thrown: unknown, depth: number = DEPTH): SentError {
  if (!(thrown instanceof Error)) return { isError: false, value: cloned(thrown) };
  const { name, message, stack, code } = thrown as NodeJS.ErrnoException;
  const sent = {
    isError: true as const,
    name: String(name),
    message: String(message),
    stack: typeof stack === "string" ? stack : undefined,
    code: cloned(code),
  };
  if (!("cause" in thrown) || depth === 0) return sent;
  return { ...sent, cause: toSentError(thrown.cause, depth - 1) };
}

function cloned(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}
