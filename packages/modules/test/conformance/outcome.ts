/** The deeds of a graph, as plain data. */
export interface Outcome {
  readonly log: readonly string[];
  readonly exports?: unknown;
  readonly error?: unknown;
}

/** A value as data. Runs in the child process too, so it uses nothing outside of itself. */
export function describeValue(value: unknown, depth = 0): unknown {
  if (typeof value === "function") return `[function ${value.name}]`;
  if (typeof value !== "object" || value === null) {
    return typeof value === "string" ? value : `[${String(value)}]`;
  }
  if (value instanceof Promise) return "[promise]";
  if (depth > 3) return "[deep]";
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    // Node 20 does not have this name in the namespaces of CommonJS modules.
    if (name === "module.exports") continue;
    try {
      found[name] = describeValue((value as Record<string, unknown>)[name], depth + 1);
    } catch (error) {
      found[name] = `[throws ${(error as Error).name}]`;
    }
  }
  return found;
}

/** An error as data, with what programs look at. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return describeValue(error);
  const { name, code } = error as Error & { code?: string };
  // Node's own messages have paths in them, and differ between versions.
  const isOwn = code === undefined && name !== "SyntaxError";
  return { name, code, message: isOwn ? error.message : undefined };
}
