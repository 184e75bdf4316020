export { memoize, type Memoized, type MemoizeOptions } from "./cache/memoized-function.ts";
