/** What callbacks, listeners and borrowers of a walk throw by design. */
export class Mishap extends Error {}

/** The code of an error of a pool, "stop" for the reason of a signal, or the text of anything else. */
export function codeOf(error: unknown): string {
  if (error === "stop") return "stop";
  return String((error as { code?: unknown } | null)?.code ?? error);
}
