import { parsed, uuid, url, words } from "./contents.ts";
import type { Kind } from "./kind.ts";

const handler: ProxyHandler<object> = {};

/** Values of which a part cannot be seen. */
export const OPAQUE_KINDS: readonly Kind[] = [
  { name: "URLs", isOpaque: true, make: (i) => new URL(url(i)) },
  {
    name: "Headers",
    isOpaque: true,
    make: (i) => new Headers({ etag: uuid(i), "x-id": words(i, 60) }),
  },
  {
    name: "Responses",
    isOpaque: true,
    make: (i) => new Response(words(i, 500), { headers: { etag: uuid(i) } }),
  },
  { name: "promises", isOpaque: true, make: (i) => Promise.resolve(words(i, 200)) },
  {
    name: "closures",
    isOpaque: true,
    make: (i) => {
      const text = words(i, 100);
      return () => text;
    },
  },
  {
    name: "records with methods",
    isOpaque: true,
    make: (i) => ({ id: i, name: words(i, 40), toText: () => String(i) }),
  },
  {
    name: "proxies",
    isOpaque: true,
    make: (i) => new Proxy(parsed({ id: i, name: words(i, 80) }) as object, handler),
  },
  { name: "regular expressions", isOpaque: true, make: (i) => new RegExp(`^/users/${i}/(\\d+)$`) },
  { name: "Blobs", isOpaque: true, make: (i) => new Blob([words(i, 2_000)]) },
  {
    name: "abort signals",
    isOpaque: true,
    make: (i) => ({ id: uuid(i), controller: new AbortController() }),
  },
];
