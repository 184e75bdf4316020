import { of } from "./intrinsics.ts";
import { PLATFORM } from "./kinds.ts";
import type { Visitor } from "./visitor.ts";

export function readPlatform(visitor: Visitor, object: object, name: string): void {
  visitor.addOpaque(PLATFORM[name]!);
  if (name === "URL") visitor.addText(String(readGetter("URL", "href", object)));
  if (name !== "Blob" && name !== "File") return;
  const size = Number(readGetter("Blob", "size", object) ?? 0);
  visitor.bytes += size;
  visitor.external += size;
}

/** What a getter of a class of the platform tells of one of its objects; undefined for others. */
function readGetter(name: "URL" | "Blob", key: string, value: object): unknown {
  const { prototype } = (globalThis as unknown as Record<string, { prototype: object }>)[name]!;
  return of<unknown>(prototype, key)(value);
}
