export { memoize, type Memoized, type MemoizeOptions } from "./memoization.ts";
