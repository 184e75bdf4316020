import { print, refuse } from "../checks/read-options.ts";

/**
 * Reads the tags that a caller has given, each once.
 *
 * @throws {TypeError} if `tags` is not an iterable of strings
 */
export function readTags(action: string, tags: Iterable<string>): string[] {
  const isIterable = typeof tags === "object" && tags !== null && Symbol.iterator in tags;
  if (!isIterable) refuse(action, `tags are ${print(tags)}`, "an iterable of strings");
  const read = [...new Set(tags)];
  for (const tag of read) {
    if (typeof tag !== "string") refuse(action, `a tag is ${print(tag)}`, "a string");
  }
  return read;
}
