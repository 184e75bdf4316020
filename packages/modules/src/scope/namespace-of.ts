/**
 * What `import` of a builtin gives in place of the real namespace: the exports by name, and all of
 * them as `default`. Names are those that Node exports, in their order.
 */
export function namespaceOf(exports: object, real: object): object {
  const namespace = Object.create(null) as object;
  const names = [...new Set([...Object.keys(real), "default"])].sort();
  for (const name of names) {
    const get =
      name === "default" ? () => exports : (): unknown => Reflect.get(exports, name, exports);
    Object.defineProperty(namespace, name, { get, enumerable: true });
  }
  Object.defineProperty(namespace, Symbol.toStringTag, { value: "Module" });
  return Object.preventExtensions(namespace);
}
