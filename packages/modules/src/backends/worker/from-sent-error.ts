import type { SentError } from "./messages.ts";

const KINDS: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Kind) => [
    Kind.name,
    Kind,
  ]),
);

/** Makes an error of this thread that has the name, message, stack, code and cause of another. */
export function fromSentError(sent: SentError): unknown {
  if (!sent.isError) return sent.value;
  const { name, message, stack, code, cause } = sent;
  const Kind = KINDS.get(name) ?? Error;
  const error = new Kind(
    message,
    cause === undefined ? undefined : { cause: fromSentError(cause) },
  );
  const hidden = { writable: true, enumerable: false, configurable: true };
  if (error.name !== name) Object.defineProperty(error, "name", { ...hidden, value: name });
  Object.defineProperty(error, "stack", { ...hidden, value: stack ?? `${name}: ${message}` });
  return code === undefined ? error : Object.assign(error, { code });
}
