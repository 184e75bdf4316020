import { reportError } from "@heapwise/lru/slots";
import { Turn } from "./host.ts";

/** What the reports of a cache are made with. */
export interface ReportOptions<K> {
  readonly onCollect: (key: K) => void;
  /** Whether the key has a value that is alive. */
  readonly isLive: (key: K) => boolean;
  readonly onError: ((error: unknown) => void) | undefined;
}

/**
 * Calls a listener with the keys whose values were collected, in a macrotask of its own: what the
 * program was doing when that was found is over then.
 *
 * Meanwhile, or in an earlier call, the program may have stored another value under a key. Then the
 * listener is not called with it: what it would clean up belongs to the new value.
 */
export class CollectReports<K> {
  readonly #options: ReportOptions<K>;
  readonly #turn: Turn = new Turn(() => this.#run());
  #keys: K[] = [];
  #isClosed = false;

  constructor(options: ReportOptions<K>) {
    this.#options = options;
  }

  /** The value of a key was found to be collected. */
  push(key: K): void {
    if (this.#isClosed) return;
    this.#keys.push(key);
    this.#turn.ask();
  }

  /** A collection has run: a macrotask that was to call the listener, and is lost, is begun again. */
  onCollection(): void {
    if (this.#keys.length > 0) this.#turn.ask(true);
  }

  /** Calls nobody any more. */
  close(): void {
    this.#isClosed = true;
    this.#keys = [];
  }

  #run(): void {
    const keys = this.#keys;
    this.#keys = [];
    const { onCollect, isLive, onError } = this.#options;
    for (const key of keys) {
      if (this.#isClosed) return;
      try {
        if (!isLive(key)) onCollect(key);
      } catch (error) {
        reportError(error, onError);
      }
    }
  }
}
