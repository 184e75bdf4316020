export type {
  ByteBlob,
  ByteReader,
  ByteStream,
  ReadOptions,
  ReadSignal,
  SnapshotSource,
} from "./graph/byte-source.ts";
export type { CaptureOptions } from "./graph/capture.ts";
export { HeapSnapshotError, SnapshotTooLargeError, type UnreadableReason } from "./graph/errors.ts";
export {
  HeapGraph,
  type Edge,
  type NodeDescription,
  type RetainingPathOptions,
  type RetainingPathsOptions,
} from "./heap-graph/heap-graph.ts";
export type { TypeDiff, TypeStats, TypeStatsOptions } from "./graph/type-stats.ts";
export type { PathNode, PathOptions, PathsOptions } from "./paths/find-paths.ts";
export type { PageOptions, PictureNode, PictureOptions } from "./pictures/picture-options.ts";
export type { Location, PathStep, RetainingPath, RootKind } from "./paths/retaining-path.ts";
