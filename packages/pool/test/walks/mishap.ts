/** The error that callbacks, listeners and borrowers of a walk throw on purpose. */
export class Mishap extends Error {}

/**
 * The code of an error of a pool, "stop" for the reason of a signal, or the text of another value.
 */
export function codeOf(error: unknown): string {
  if (error === "stop") return "stop";
  return String((error as { code?: unknown } | null)?.code ?? error);
}
