const mistakes = new WeakSet<Error>();

/**
 * An error that the user of the command can mend: its message is printed without a stack. It is no
 * class, because no program catches it.
 */
export function mistake(message: string, options?: { readonly cause: unknown }): Error {
  const error = new Error(message, options);
  mistakes.add(error);
  return error;
}

/** Whether an error was made by `mistake`. */
export function isMistake(error: unknown): error is Error {
  return error instanceof Error && mistakes.has(error);
}
