import { HeapSnapshotError } from "./errors.ts";

/** The header of a snapshot, `snapshot`: it describes the sections that follow. */
export interface Header {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly kindNames: readonly string[];
  readonly edgeKindNames: readonly string[];
  readonly node: NodeLayout;
  readonly edge: EdgeLayout;
  readonly location: LocationLayout | undefined;
}

/** Numbers of a node, and where each field is among them. */
export interface NodeLayout {
  readonly width: number;
  readonly kind: number;
  readonly name: number;
  readonly id: number;
  readonly selfBytes: number;
  readonly edgeCount: number;
  /** -1 if the file does not have it. */
  readonly detachedness: number;
}

/** Numbers of an edge, and where each field is among them. */
export interface EdgeLayout {
  readonly width: number;
  readonly kind: number;
  readonly name: number;
  readonly target: number;
}

/** Numbers of a location, and where each field is among them. */
export interface LocationLayout {
  readonly width: number;
  readonly node: number;
  readonly scriptId: number;
  readonly line: number;
  readonly column: number;
}

type Json = { readonly [name: string]: unknown };

/** Reads the text of the header. `offset` is for errors: where it ends in the file. */
export function readHeader(text: string, offset: number): Header {
  try {
    return headerOf(JSON.parse(text) as unknown);
  } catch (cause) {
    const detail = cause instanceof RangeError ? cause.message : "it is not JSON";
    throw new HeapSnapshotError("damaged", `its header has a fault: ${detail}`, offset, { cause });
  }
}

/** Throws a RangeError with the fault. */
function headerOf(snapshot: unknown): Header {
  const meta = isObject(snapshot) ? snapshot["meta"] : undefined;
  if (!isObject(snapshot) || !isObject(meta)) throw new RangeError("there is no meta");
  const node = readNodeLayout(textsOf(meta, "node_fields"));
  const edge = readEdgeLayout(textsOf(meta, "edge_fields"));
  return {
    nodeCount: countOf(snapshot, "node_count"),
    edgeCount: countOf(snapshot, "edge_count"),
    kindNames: kindsOf(meta, "node_types", node.kind),
    edgeKindNames: kindsOf(meta, "edge_types", edge.kind),
    node,
    edge,
    location: readLocationLayout(meta["location_fields"]),
  };
}

function readNodeLayout(fields: readonly string[]): NodeLayout {
  return {
    width: fields.length,
    kind: placeOf(fields, "type"),
    name: placeOf(fields, "name"),
    id: placeOf(fields, "id"),
    selfBytes: placeOf(fields, "self_size"),
    edgeCount: placeOf(fields, "edge_count"),
    detachedness: fields.indexOf("detachedness"),
  };
}

function readEdgeLayout(fields: readonly string[]): EdgeLayout {
  return {
    width: fields.length,
    kind: placeOf(fields, "type"),
    name: placeOf(fields, "name_or_index"),
    target: placeOf(fields, "to_node"),
  };
}

/** Snapshots of V8 before 6.8 have no locations; a form that we do not know is skipped. */
function readLocationLayout(fields: unknown): LocationLayout | undefined {
  if (!isTexts(fields)) return undefined;
  const layout = {
    width: fields.length,
    node: fields.indexOf("object_index"),
    scriptId: fields.indexOf("script_id"),
    line: fields.indexOf("line"),
    column: fields.indexOf("column"),
  };
  return Object.values(layout).includes(-1) ? undefined : layout;
}

function textsOf(meta: Json, name: string): readonly string[] {
  const value = meta[name];
  if (!isTexts(value)) throw new RangeError(`${name} is no list of names`);
  return value;
}

function kindsOf(meta: Json, name: string, place: number): readonly string[] {
  const lists = meta[name];
  const value: unknown = Array.isArray(lists) ? lists[place] : undefined;
  if (!isTexts(value)) throw new RangeError(`${name} has no list of kinds`);
  return value;
}

function placeOf(fields: readonly string[], name: string): number {
  const place = fields.indexOf(name);
  if (place < 0) throw new RangeError(`there is no field ${name}`);
  return place;
}

function countOf(snapshot: Json, name: string): number {
  const value = snapshot[name];
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32 - 1)
    return value as number;
  throw new RangeError(`${name} is ${String(value)}, expected an integer from 0`);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
