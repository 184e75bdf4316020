import { aligned } from "../profile/profile.ts";
import { bufferBytes, bufferRoom, viewOf } from "./intrinsics.ts";
import type { Visitor } from "./visitor.ts";

export function readView(visitor: Visitor, view: object): void {
  const { profile, bounds } = visitor;
  const { buffer, byteLength, isDataView } = viewOf(view);
  const total = bufferBytes(buffer) ?? 0;
  visitor.bytes += isDataView ? profile.dataView : profile.typedArray;
  bounds?.view(visitor, view, buffer, byteLength);
  const isSmall = !isDataView && total <= profile.onHeapBytes && byteLength === total;
  const isInHeap = isSmall && bufferRoom(buffer) === total;
  if (!isInHeap) {
    // Next on the stack, so that it is known to be held by this view.
    visitor.stack.push(buffer);
    // The buffer is known if another view brought it.
  } else if (visitor.isNew(buffer)) {
    visitor.bytes += profile.arrayBuffer;
    // All that are empty share one.
    if (total > 0) visitor.bytes += aligned(profile.onHeapHeader + total, profile);
    bounds?.add(24, 0);
  }
}

export function readBuffer(visitor: Visitor, buffer: object): boolean {
  const external = bufferBytes(buffer);
  if (external === undefined) return false;
  visitor.bytes += visitor.profile.arrayBuffer;
  // If it is asked about all objects, that comes at the end.
  if (visitor.share?.parts !== "large" || visitor.charge(buffer, external)) {
    visitor.bytes += external;
    visitor.external += external;
    visitor.bounds?.buffer(buffer, external, bufferRoom(buffer));
  }
  return true;
}
