import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ModuleLoadError } from "../host/errors.ts";
import type { ModuleInstance } from "../instances/module-instance.ts";

/**
 * Reads the text of a module, and notes its digest on the instance. Does not wait, as Node's
 * `require`: a thread that reads a file of some kilobytes answers later than the file is read.
 */
export function readSource(instance: ModuleInstance): string {
  try {
    return noted(instance, readFileSync(instance.spec.file!, "utf8"));
  } catch (cause) {
    throw readError(instance, cause);
  }
}

/** A digest by which a changed text is known. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function noted(instance: ModuleInstance, text: string): string {
  instance.digest = digestOf(text);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function readError({ spec, version }: ModuleInstance, cause: unknown): ModuleLoadError {
  const { code } = cause as { code?: string };
  const found = code === "ENOENT" ? "the file does not exist" : String(cause);
  return new ModuleLoadError(
    `Cannot load module "${spec.name}": ${found}, expected a readable file`,
    { module: spec.name, version, phase: "read", cause },
  );
}
