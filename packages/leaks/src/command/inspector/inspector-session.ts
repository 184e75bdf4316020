import { mistake } from "../mistake.ts";
import { MessageSocket } from "./message-socket.ts";

/** Chunks of a snapshot, of about 100 kB each, that may wait before the process has to. */
const MANY_CHUNKS = 64;

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: Described };
}

interface Described {
  readonly description?: string;
}

interface Call {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A session with the inspector of a process.
 *
 * Source: the Chrome DevTools Protocol.
 */
export class InspectorSession {
  readonly #socket: MessageSocket;
  readonly #calls: Map<number, Call> = new Map();
  /** Resolved at the end of the session. */
  readonly ended: Promise<void>;
  #lastId = 0;
  #ended: Error | undefined;
  #onEvent: (method: string, params: unknown) => void = () => {};

  private constructor(socket: MessageSocket) {
    this.#socket = socket;
    socket.onMessage = (text) => this.#read(text);
    this.ended = new Promise((resolve) => {
      socket.onClose = () => {
        this.#end();
        resolve();
      };
    });
  }

  /** Connects to the address of an inspector, such as `ws://127.0.0.1:9229/id`. */
  static async connect(url: string): Promise<InspectorSession> {
    return new InspectorSession(await MessageSocket.connect(url));
  }

  /** Evaluates an expression in the process, and returns its value, which JSON can express. */
  async evaluate(expression: string): Promise<unknown> {
    // The API of the command line has `require`, which modules do not have.
    const options = { expression, returnByValue: true, includeCommandLineAPI: true };
    const answer = (await this.#call("Runtime.evaluate", options)) as Evaluated;
    if (answer.exceptionDetails === undefined) return answer.result.value;
    const { text, exception } = answer.exceptionDetails;
    throw mistake(
      `Cannot ask the process: ${exception?.description ?? text}, expected a Node process`,
    );
  }

  /**
   * Takes a heap snapshot, and yields it as bytes. The process stands still until it is written.
   * `onProgress` is called with the share that is done, from 0 to 1. If the signal aborts, the
   * bytes end early; the process still finishes the snapshot.
   */
  async *takeSnapshot(
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const chunks: string[] = [];
    let isTaken = false;
    let failure: Error | undefined;
    let wake: () => void = () => {};
    this.#onEvent = (method, params) => {
      if (method === "HeapProfiler.reportHeapSnapshotProgress") {
        const { done, total } = params as { done: number; total: number };
        onProgress(total > 0 ? done / total : 0);
      } else if (method === "HeapProfiler.addHeapSnapshotChunk") {
        chunks.push((params as { chunk: string }).chunk);
        if (chunks.length > MANY_CHUNKS) this.#socket.pause();
        wake();
      }
    };
    const stop = (): void => wake();
    signal.addEventListener("abort", stop);
    const options = { reportProgress: true, captureNumericValue: false };
    void this.#call("HeapProfiler.takeHeapSnapshot", options)
      .catch((error: Error) => {
        failure = error;
      })
      .finally(() => {
        isTaken = true;
        wake();
      });
    try {
      while (!signal.aborted) {
        const taken = chunks.splice(0);
        if (taken.length > 0) yield Buffer.from(taken.join(""));
        else if (failure !== undefined) throw failure;
        else if (isTaken) return;
        else {
          this.#socket.resume();
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#onEvent = () => {};
      this.#socket.resume();
    }
  }

  /** Whether the session has ended, by either side. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Ends the session. The process goes on. */
  close(): Promise<void> {
    return this.#socket.close();
  }

  #call(method: string, params: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const id = ++this.#lastId;
      this.#calls.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  #read(text: string): void {
    const { id, method, params, result, error } = JSON.parse(text) as Answer;
    if (id === undefined) {
      if (method !== undefined) this.#onEvent(method, params);
      return;
    }
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(mistake(`Cannot ask the process: ${error.message}`));
  }

  #end(): void {
    const found = "it ended, or closed its inspector";
    this.#ended = mistake(`Cannot go on with the process: ${found}`);
    for (const { reject } of this.#calls.values()) reject(this.#ended);
    this.#calls.clear();
  }
}
