import { of } from "./intrinsics.ts";
import { PLATFORM } from "./kinds.ts";
import type { Visitor } from "./visitor.ts";

/** Adds an object of a class in `PLATFORM`, with the bytes that its getters report. */
export function readPlatform(visitor: Visitor, object: object, name: string): void {
  visitor.addOpaque(PLATFORM[name]!);
  if (name === "URL") visitor.addText(String(readGetter("URL", "href", object)));
  if (name !== "Blob" && name !== "File") return;
  const size = Number(readGetter("Blob", "size", object) ?? 0);
  visitor.bytes += size;
  visitor.external += size;
}

/** The result of a getter of the class, whatever the object itself has under that name. */
function readGetter(name: "URL" | "Blob", key: string, value: object): unknown {
  const { prototype } = (globalThis as unknown as Record<string, { prototype: object }>)[name]!;
  return of<unknown>(prototype, key)(value);
}
