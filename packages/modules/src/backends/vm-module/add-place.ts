import type { Runtime, Session } from "node:inspector";

/** A global under which the inspector finds a function, for the time of one call. */
const KEY = Symbol.for("heapwise:modules:failing");

/**
 * Writes the place of a SyntaxError at the head of its stack, in the form in which Node does it for
 * its own modules. V8 knows the place, but Node keeps it from programs: the inspector tells it.
 * @param compile Fails with the same error once more, and throws it nowhere again.
 */
export function addPlace(
  error: unknown,
  { file, text }: { readonly file: string; readonly text: string },
  compile: () => unknown,
): void {
  if (!(error instanceof SyntaxError)) return;
  const place = placeOf(compile);
  if (place === undefined) return;
  const { lineNumber, columnNumber } = place;
  const line = text.split("\n")[lineNumber] ?? "";
  const marks = `${" ".repeat(columnNumber)}^`;
  error.stack = `${file}:${lineNumber + 1}\n${line}\n${marks}\n\n${error.stack}`;
}

/** The place, from 0, at which a function fails. */
function placeOf(run: () => unknown): Runtime.ExceptionDetails | undefined {
  let found: Runtime.ExceptionDetails | undefined;
  let session: Session | undefined;
  try {
    const inspector = process.getBuiltinModule("node:inspector");
    session = new inspector.Session();
    session.connect();
    Reflect.set(globalThis, KEY, run);
    const expression = `globalThis[Symbol.for(${JSON.stringify(KEY.description)})]()`;
    session.post("Runtime.evaluate", { expression, silent: true }, (_, result) => {
      found = result?.exceptionDetails;
    });
  } catch {
    // This Node has no inspector.
  } finally {
    Reflect.deleteProperty(globalThis, KEY);
    session?.disconnect();
  }
  return found;
}
