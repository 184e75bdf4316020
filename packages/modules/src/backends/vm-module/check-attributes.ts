import type { ModuleSpec } from "../../resolution/module-spec.ts";

/** Refuses import attributes as Node does: JSON has to be imported `with { type: "json" }`. */
export function checkAttributes(
  { url, format }: ModuleSpec,
  attributes: Readonly<Record<string, unknown>>,
): void {
  const unknown = Object.keys(attributes).find((key) => key !== "type");
  const { type } = attributes;
  if (unknown !== undefined) {
    const text = `Import attribute "${unknown}" with value "${String(attributes[unknown])}" is not supported`;
    throw coded("ERR_IMPORT_ATTRIBUTE_UNSUPPORTED", text);
  }
  if (format === "json" && type === undefined) {
    const text = `Module "${url}" needs an import attribute of "type: json"`;
    throw coded("ERR_IMPORT_ATTRIBUTE_MISSING", text);
  }
  if (type !== undefined && (type !== "json" || format !== "json")) {
    const text = `Module "${url}" is not of type "${String(type)}"`;
    throw coded("ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE", text);
  }
}

function coded(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}
