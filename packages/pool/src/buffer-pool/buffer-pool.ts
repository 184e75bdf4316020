/// <reference lib="esnext.disposable" preserve="true" />
import { whenCollected } from "../weakly.ts";
import { checkInteger } from "../checks.ts";
import {
  PoolClosedError,
  PoolExhaustedError,
  StaleLeaseError,
  type LoanRecord,
  type PoolState,
} from "../errors.ts";
import type { Lease } from "../lease.ts";
import { IdleTimer } from "../time/idle-timer.ts";
import { BufferLease, type BufferLender } from "./buffer-lease.ts";
import {
  readBufferPoolSettings,
  type BufferPoolOptions,
  type BufferPoolSettings,
} from "./options.ts";
import { bytesOfClass, sizeClassOf } from "./size-class.ts";
import { Slab, type Block, type BlockToken } from "./slab.ts";
import { SlabList } from "./slab-list.ts";

/** Present state of a BufferPool, and its counts since it was made. */
export interface BufferPoolStats {
  /** Bytes of all slabs. Never above `maxBytes`. */
  readonly bytes: number;
  /** Bytes of the blocks on loan. */
  readonly leasedBytes: number;
  /** Number of slabs, of all sizes. */
  readonly slabs: number;
  /** Loans from an existing slab. */
  readonly hits: number;
  /** Loans for which a slab was made. */
  readonly misses: number;
  /** Loans that were not pooled, because they are longer than `maxBufferBytes`. */
  readonly oversize: number;
  /** Loans that were not pooled, because `maxBytes` had no room. */
  readonly overflow: number;
  /**
   * Blocks that are never lent again: their lease was destroyed or found lost by the garbage
   * collector, they were written to while free (in debug mode), or their memory was transferred.
   * Their slab is freed when its other blocks have been returned.
   */
  readonly lost: number;
}

const POISON = 0xdb;

/** Maximum bytes of a slab, unless a single block is larger. */
const SLAB_BYTES = 65_536;

/** Slabs of a small pool are smaller, so that it can have at least this many. */
const SLABS_AT_LEAST = 16;

/** Maximum share of the free room that one slab takes, so that no mix of sizes takes all of it. */
const PART_OF_ROOM = 0.125;

/**
 * Number of blocks in the first slab of a size. Each further slab has as many blocks as all slabs
 * before it, until it has full size.
 */
const FIRST_BLOCKS = 4;

/**
 * Lends `Uint8Array`s, and keeps their memory for the next loan. For buffers of 1 KiB and more,
 * which are expensive to allocate and to fill with zeros. Memory is allocated in slabs, which are
 * cut into blocks of a size class; the slabs never exceed `maxBytes`.
 *
 * A buffer has exactly the requested length. It shows the bytes of its last borrower, unless
 * `onReturn` is `"zero"`.
 *
 * Buffers share an `ArrayBuffer`:
 * - Use `byteOffset` with `buffer`.
 * - Never transfer a buffer: that takes the memory of all others in its slab.
 * - `structuredClone` and `postMessage` copy the whole slab. Send `lease.value.slice()` instead.
 * - The same `Uint8Array` may be lent again. Set no properties on it, and do not use it as a
 *   WeakMap key.
 *
 * To use bytes after the loan, copy them with `slice()` of a `Uint8Array`. `subarray()` and
 * `Buffer.slice()` of Node do not copy: such a view shows the bytes of the next borrower. The
 * option `debug` detects writes by such views.
 *
 * @example
 * ```ts
 * import { BufferPool } from "@heapwise/pool";
 *
 * const pool = new BufferPool({ maxBytes: 2 ** 20 });
 * const lease = pool.acquire(1500);
 * lease.value.length; // => 1500
 * const header = lease.value.slice(0, 4); // a copy
 * lease.release();
 * pool.stats().leasedBytes; // => 0
 * header.length; // => 4
 * ```
 */
export class BufferPool implements Disposable {
  readonly #settings: BufferPoolSettings;
  readonly #lists: (SlabList | undefined)[] = [];
  readonly #slabs = new Set<Slab>();
  readonly #lender: BufferLender;
  /** Notices lost leases. Undefined if the host has no FinalizationRegistry. */
  readonly #lost: FinalizationRegistry<Block> | undefined;
  readonly #watch = (token: BlockToken): void => this.#lost?.register(token, token.block, token);
  readonly #timer: IdleTimer | undefined;
  /** The last loan of each free block, in debug mode. */
  readonly #lastLoans = new WeakMap<Block, LoanRecord>();
  #isDisposed = false;
  #bytes = 0;
  #leasedBytes = 0;
  #acquired = 0;
  #misses = 0;
  #oversize = 0;
  #overflow = 0;
  #lostBlocks = 0;

  /**
   * Makes a pool. Allocates no memory yet.
   *
   * @throws {TypeError} if an option is not known or has a wrong type.
   * @throws {RangeError} if an option has a wrong value.
   */
  constructor(options: BufferPoolOptions) {
    const settings = readBufferPoolSettings(options);
    this.#settings = settings;
    const { clock, trimInterval } = settings;
    if (trimInterval < Infinity) {
      this.#timer = new IdleTimer(clock, trimInterval, () => this.#trimOld());
    }
    this.#lost = whenCollected((block) => this.#retireBlock(block));
    this.#lender = {
      name: settings.name,
      isDebug: settings.debug,
      giveBack: (token, view, record) => this.#giveBack(token, view, record),
      destroyLoan: (token) => token !== undefined && this.#retire(token),
    };
  }

  /**
   * Lends a buffer of exactly `byteLength` bytes: from a slab, or, if it is longer than
   * `maxBufferBytes` or `maxBytes` has no room, as an ordinary array that is not pooled. A call
   * that throws counts as no loan.
   *
   * @param byteLength An integer from 0.
   * @throws {TypeError} if `byteLength` is not a number.
   * @throws {RangeError} if `byteLength` is not an integer from 0, or if the engine has no memory.
   * @throws {PoolExhaustedError} if `strict` is true and the buffer cannot be pooled. The counts of
   *   the error are bytes.
   * @throws {PoolClosedError} if the pool is disposed of.
   * @throws {StaleLeaseError} in debug mode, if the free block was written to after its return.
   *
   * @example
   * ```ts
   * import { BufferPool } from "@heapwise/pool";
   *
   * const pool = new BufferPool({ maxBytes: 2 ** 20, maxBufferBytes: 65_536, strict: true });
   * const lease = pool.acquire(65_536);
   * lease.value.fill(1);
   * lease.release();
   * pool.acquire(65_537); // => throws PoolExhaustedError
   * ```
   */
  acquire(byteLength: number): Lease<Uint8Array> {
    checkInteger("acquire buffer", "byteLength", byteLength, 0, Number.MAX_SAFE_INTEGER);
    if (this.#isDisposed) throw this.#closed();
    const { maxBytes, maxBufferBytes } = this.#settings;
    if (byteLength > maxBufferBytes) {
      const lease = this.#lendUnpooled(byteLength, `maxBufferBytes is ${maxBufferBytes}`);
      this.#oversize++;
      return lease;
    }
    const misses = this.#misses;
    const token = this.#take(byteLength);
    if (token === undefined) {
      const lease = this.#lendUnpooled(byteLength, `maxBytes of ${maxBytes} has no room`);
      this.#overflow++;
      return lease;
    }
    const { block } = token;
    if (this.#settings.debug) this.#verify(token, misses);
    let { view } = block;
    if (view === undefined || view.length !== byteLength) {
      view = this.#viewOf(token, byteLength, misses);
      block.view = view;
    }
    return new BufferLease(this.#lender, view, token, ++this.#acquired);
  }

  /**
   * Frees all slabs without a loan now, instead of after `trimInterval`.
   *
   * @returns the number of freed bytes.
   *
   * @example
   * ```ts
   * import { BufferPool } from "@heapwise/pool";
   *
   * const pool = new BufferPool({ maxBytes: 2 ** 20 });
   * pool.acquire(4096).release();
   * pool.trim() >= 4096; // => true
   * pool.stats().bytes; // => 0
   * ```
   */
  trim(): number {
    const before = this.#bytes;
    for (const slab of this.#slabs) if (slab.used === 0) this.#free(slab);
    return before - this.#bytes;
  }

  /** The present state of the pool, and its counts since it was made. Changes nothing. */
  stats(): BufferPoolStats {
    const misses = this.#misses;
    const oversize = this.#oversize;
    const overflow = this.#overflow;
    return {
      bytes: this.#bytes,
      leasedBytes: this.#leasedBytes,
      slabs: this.#slabs.size,
      hits: this.#acquired - misses - oversize - overflow,
      misses,
      oversize,
      overflow,
      lost: this.#lostBlocks,
    };
  }

  /**
   * Disposes of the pool: frees all empty slabs now, and the other slabs when their buffers are
   * returned. From then on `acquire` throws a PoolClosedError. Called at the end of a `using`
   * block.
   *
   * @example
   * ```ts
   * import { BufferPool } from "@heapwise/pool";
   *
   * const pool = new BufferPool({ maxBytes: 2 ** 20 });
   * const lease = pool.acquire(4096);
   * pool[Symbol.dispose]();
   * lease.release();
   * pool.stats().bytes; // => 0
   * ```
   */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.trim();
  }

  /** "BufferPool", for `Object.prototype.toString` and inspectors. */
  get [Symbol.toStringTag](): string {
    return "BufferPool";
  }

  #lendUnpooled(byteLength: number, why: string): BufferLease {
    if (this.#settings.strict) {
      throw new PoolExhaustedError("bound", `${byteLength} bytes, ${why}`, this.#state());
    }
    const view = new Uint8Array(byteLength);
    return new BufferLease(this.#lender, view, undefined, ++this.#acquired);
  }

  #take(byteLength: number): BlockToken | undefined {
    const sizeClass = sizeClassOf(byteLength);
    const list = (this.#lists[sizeClass] ??= new SlabList());
    for (;;) {
      let slab = list.fullest;
      if (slab === undefined) {
        slab = this.#addSlab(sizeClass, list);
        if (slab === undefined) return undefined;
        this.#misses++;
      }
      const token = slab.take(this.#watch);
      list.lent(slab);
      this.#leasedBytes += slab.blockBytes;
      if (!slab.isDetached) return token;
      this.#retire(token);
    }
  }

  #addSlab(sizeClass: number, list: SlabList): Slab | undefined {
    const blockBytes = bytesOfClass(sizeClass);
    const { maxBytes } = this.#settings;
    // Empty slabs of other classes make room.
    if (this.#bytes + blockBytes > maxBytes) this.trim();
    const room = maxBytes - this.#bytes;
    if (blockBytes > room) return undefined;
    const target = Math.min(SLAB_BYTES, maxBytes / SLABS_AT_LEAST, room * PART_OF_ROOM);
    const most = Math.min(Math.floor(target / blockBytes), Math.max(FIRST_BLOCKS, list.blocks));
    const blocks = Math.max(1, most);
    const slab = new Slab(sizeClass, blockBytes, blocks);
    this.#slabs.add(slab);
    this.#bytes += blocks * blockBytes;
    list.add(slab);
    return slab;
  }

  #giveBack(token: BlockToken | undefined, view: Uint8Array, record: LoanRecord | undefined): void {
    const { onReturn, debug } = this.#settings;
    // A view has length 0 if its memory was transferred.
    if (onReturn !== "keep" && view.length > 0) view.fill(onReturn === "zero" ? 0 : POISON);
    if (token === undefined) return;
    const { block } = token;
    if (block.slab.isDetached) {
      this.#retire(token);
      return;
    }
    if (debug && record !== undefined) this.#poison(block, record);
    this.#returnToSlab(token);
  }

  /** Adds a block that was on loan to the free blocks of its slab. */
  #returnToSlab(token: BlockToken): void {
    const { slab } = token.block;
    this.#leasedBytes -= slab.blockBytes;
    slab.used--;
    slab.free.push(token);
    if (slab.lost > 0) this.#freeIfUnused(slab);
    else {
      this.#lists[slab.sizeClass]!.returned(slab);
      if (slab.used === 0) {
        if (this.#isDisposed) this.#free(slab);
        else this.#timer?.start();
      }
    }
  }

  /** Retires a block on loan, and stops watching its token. */
  #retire(token: BlockToken): void {
    this.#lost?.unregister(token);
    this.#retireBlock(token.block);
  }

  /** Retires a block. Its slab lends no more, and is freed when its other blocks are returned. */
  #retireBlock({ slab }: Block): void {
    slab.lost++;
    this.#lostBlocks++;
    this.#leasedBytes -= slab.blockBytes;
    this.#lists[slab.sizeClass]!.remove(slab);
    this.#freeIfUnused(slab);
  }

  #freeIfUnused(slab: Slab): void {
    if (slab.used === slab.lost) this.#free(slab);
  }

  #free(slab: Slab): void {
    if (!this.#slabs.delete(slab)) return;
    const list = this.#lists[slab.sizeClass]!;
    list.remove(slab);
    list.blocks -= slab.blocks;
    this.#bytes -= slab.blocks * slab.blockBytes;
    // The registry holds the blocks of the tokens that it watches, and a block holds its slab.
    for (const token of slab.free) this.#lost?.unregister(token);
  }

  /**
   * Called by the timer: frees each slab that is found empty a second time without a use between.
   */
  #trimOld(): void {
    let hasEmpty = false;
    for (const slab of this.#slabs) {
      if (slab.used > 0) continue;
      if (++slab.timesEmpty > 1) this.#free(slab);
      else hasEmpty = true;
    }
    if (hasEmpty) this.#timer!.start();
  }

  #poison(block: Block, record: LoanRecord): void {
    const { slab, offset } = block;
    try {
      new Uint8Array(slab.buffer, offset, slab.blockBytes).fill(POISON);
      this.#lastLoans.set(block, record);
    } catch {
      // The engine has no memory for a view. The next loan does not look at this block.
    }
  }

  /** Makes the view for a new loan. Takes the loan back if the engine has no memory. */
  #viewOf(token: BlockToken, byteLength: number, misses: number): Uint8Array {
    const { slab, offset } = token.block;
    try {
      return new Uint8Array(slab.buffer, offset, byteLength);
    } catch (error) {
      this.#misses = misses;
      this.#returnToSlab(token);
      throw error;
    }
  }

  #verify(token: BlockToken, misses: number): void {
    const { block } = token;
    const last = this.#lastLoans.get(block);
    if (last === undefined) return;
    const bytes = this.#viewOf(token, block.slab.blockBytes, misses);
    this.#lastLoans.delete(block);
    const isIntact = bytes.every((byte) => byte === POISON);
    if (this.#settings.onReturn === "zero") bytes.fill(0);
    if (isIntact) return;
    this.#retire(token);
    throw new StaleLeaseError(
      "lend buffer written to after its return",
      this.#settings.name,
      last,
      undefined,
    );
  }

  /** The state in bytes, for errors. */
  #state(): PoolState {
    const { name, maxBytes } = this.#settings;
    const total = this.#bytes;
    const leased = this.#leasedBytes;
    const idle = total - leased;
    return { name, min: 0, max: maxBytes, total, idle, leased, creating: 0, waiting: 0 };
  }

  #closed(): PoolClosedError {
    return new PoolClosedError("acquire buffer", this.#state());
  }
}
