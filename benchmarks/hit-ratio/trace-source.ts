/** Traces of any origin: lists of them, their content, and copies that are quick to read. */
export { FORMATS, findFormat } from "./formats/format-names.ts";
export type { FormatDescription, FormatName } from "./formats/format-names.ts";
export { listTraces } from "./list-traces.ts";
export type { TraceList, TraceSources } from "./list-traces.ts";
export { readTrace, sizesOf } from "./read-trace.ts";
export type { ReadReport } from "./read-trace.ts";
export { spoolTraces } from "./spool-traces.ts";
export type { SpooledTrace, SpooledTraces } from "./spool-traces.ts";
export { failTrace } from "./trace-file.ts";
export type { ReadOptions, SkippedPath, TraceFile } from "./trace-file.ts";
