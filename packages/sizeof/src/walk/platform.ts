import { of } from "./intrinsics.ts";
import { PLATFORM } from "./kinds.ts";
import type { Walk } from "./walk.ts";

export function readPlatform(walk: Walk, object: object, name: string): void {
  walk.unseen(PLATFORM[name]!);
  if (name === "URL") walk.text(String(ask("URL", "href", object)));
  if (name !== "Blob" && name !== "File") return;
  const size = Number(ask("Blob", "size", object) ?? 0);
  walk.bytes += size;
  walk.external += size;
}

/** What a getter of a class of the platform tells of one of its objects; undefined for others. */
function ask(name: "URL" | "Blob", key: string, value: object): unknown {
  const { prototype } = (globalThis as unknown as Record<string, { prototype: object }>)[name]!;
  return of<unknown>(prototype, key)(value);
}
