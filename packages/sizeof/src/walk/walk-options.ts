import type { EngineProfile } from "../profile/profile.ts";

/** Decides whether parts that several values may hold are charged. */
export interface Sharing {
  /** `large`: backing buffers. `all`: every object as well. */
  readonly parts: "large" | "all";
  /** Called with each such part and its bytes, once for each walk. Returns whether to charge them. */
  charge(part: object, bytes: number): boolean;
}

/** Objects that were met, in this walk or before. */
export interface Seen {
  /** Adds an object. Returns whether it is new. */
  add(object: object): boolean;
  has(object: object | null): boolean;
}

/** How a walk counts, as `SizeOfOptions` say it. */
export interface WalkOptions {
  readonly profile?: EngineProfile | undefined;
  readonly exclude?: ((value: unknown) => boolean) | undefined;
  readonly seen?: Seen | undefined;
  readonly share?: Sharing | undefined;
}
