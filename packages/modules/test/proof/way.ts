import type { LeftBehindKind } from "@heapwise/modules";
import type { RootKind } from "@heapwise/leaks";

/** What the modules of these tests export. */
export interface WayExports {
  /** A weak reference of an object that lives as long as code of the module. */
  readonly payload: WeakRef<object>;
  /** The subject of the way. */
  readonly give: (...handed: readonly unknown[]) => unknown;
}

/** A way in which a module is, or seems to be, kept after it is unloaded. */
export interface Way {
  readonly name: string;
  /** CommonJS. The line of the code that is kept ends in `// kept`. */
  readonly text: string;
  /** The exports of the program does with the. Its result is kept until `release`. */
  readonly use?: (exports: WayExports) => unknown;
  /** Lets go. Gets what `use` returned. */
  readonly release?: (kept: never) => void;
}

/** A way that holds the module. */
export interface HoldingWay extends Way {
  /** The kinds of root that a path of it may have. */
  readonly roots: readonly RootKind[];
  /** What `leftBehind` says of it. */
  readonly leftBehind?: LeftBehindKind;
  /** Whether the end of a scope lets go of the module. */
  readonly endsWithScope: boolean;
}

/** The text of a module with a payload that each of its functions holds. */
export function textOf(code: string): string {
  return [
    "const payload = new Array(1000).fill(1);",
    "exports.payload = new WeakRef(payload);",
    "const look = () => payload.length;",
    code.trim(),
    "",
  ].join("\n");
}

/** The line of `// kept` in a text, from 1. */
export function keptLine(text: string): number {
  return text.split("\n").findIndex((line) => line.endsWith("// kept")) + 1;
}
