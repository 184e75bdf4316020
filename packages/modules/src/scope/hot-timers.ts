/** Timers that end with the version of the module that started them. */
export interface HotTimers {
  /** As the global function. */
  readonly setTimeout: typeof setTimeout;
  /** As the global function. */
  readonly setInterval: typeof setInterval;
  /** As the global function. */
  readonly setImmediate: typeof setImmediate;
  /** As the global function. */
  readonly clearTimeout: typeof clearTimeout;
  /** As the global function. */
  readonly clearInterval: typeof clearInterval;
  /** As the global function. */
  readonly clearImmediate: typeof clearImmediate;
}
