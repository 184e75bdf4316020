import { aligned } from "../profile/profile.ts";
import { bufferBytes, bufferRoom, viewOf } from "./intrinsics.ts";
import type { Walk } from "./walk.ts";

export function readView(walk: Walk, view: object): void {
  const { profile, bands } = walk;
  const { buffer, byteLength, isDataView } = viewOf(view);
  const total = bufferBytes(buffer) ?? 0;
  walk.bytes += isDataView ? profile.dataView : profile.typedArray;
  bands?.view(walk, view, buffer, byteLength);
  const isSmall = !isDataView && total <= profile.onHeapBytes && byteLength === total;
  const isInHeap = isSmall && bufferRoom(buffer) === total;
  if (!isInHeap) {
    // Next on the stack, so that it is known to be held by this view.
    walk.stack.push(buffer);
    // The buffer is known if another view brought it.
  } else if (walk.isNew(buffer)) {
    walk.bytes += profile.arrayBuffer;
    // All that are empty share one.
    if (total > 0) walk.bytes += aligned(profile.onHeapHeader + total, profile);
    bands?.add(24, 0);
  }
}

export function readBuffer(walk: Walk, buffer: object): boolean {
  const external = bufferBytes(buffer);
  if (external === undefined) return false;
  walk.bytes += walk.profile.arrayBuffer;
  // If it is asked about all objects, that comes at the end.
  if (walk.share?.parts !== "large" || walk.charge(buffer, external)) {
    walk.bytes += external;
    walk.external += external;
    walk.bands?.buffer(buffer, external, bufferRoom(buffer));
  }
  return true;
}
