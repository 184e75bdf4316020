import { aligned } from "../profile/profile.ts";
import { bufferBytes, bufferRoom, viewOf } from "./intrinsics.ts";
import type { Visitor } from "./visitor.ts";

/** Adds a typed array, Buffer or DataView, with the buffer that it keeps alive. */
export function readView(visitor: Visitor, view: object): void {
  const { profile, bounds } = visitor;
  const { buffer, byteLength, isDataView } = viewOf(view);
  const total = bufferBytes(buffer) ?? 0;
  visitor.bytes += isDataView ? profile.dataView : profile.typedArray;
  bounds?.view(visitor, view, buffer, byteLength);
  const isSmall = !isDataView && total <= profile.onHeapBytes && byteLength === total;
  const isInHeap = isSmall && bufferRoom(buffer) === total;
  if (!isInHeap) {
    // The buffer is visited next, so that the bounds know which view brought it.
    visitor.stack.push(buffer);
    // If another view brought the buffer before, its bytes are counted already.
  } else if (visitor.isNew(buffer)) {
    visitor.bytes += profile.arrayBuffer;
    // All empty buffers share one block.
    if (total > 0) visitor.bytes += aligned(profile.onHeapHeader + total, profile);
    bounds?.add(24, 0);
  }
}

/** Adds an ArrayBuffer, shared or not. Returns false if the object is not a buffer. */
export function readBuffer(visitor: Visitor, buffer: object): boolean {
  const external = bufferBytes(buffer);
  if (external === undefined) return false;
  visitor.bytes += visitor.profile.arrayBuffer;
  // If `share` is asked about all objects, `visit` asks about this one at its end.
  if (visitor.share?.parts !== "large" || visitor.charge(buffer, external)) {
    visitor.bytes += external;
    visitor.external += external;
    visitor.bounds?.buffer(buffer, external, bufferRoom(buffer));
  }
  return true;
}
