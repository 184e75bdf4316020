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

/** How a buffer pool stands, and counts since it was made. */
export interface BufferPoolStats {
  /** Bytes of all slabs; never above `maxBytes`. */
  readonly bytes: number;
  /** Bytes of the blocks of slabs that are lent. */
  readonly leasedBytes: number;
  /** Slabs, whatever their size. */
  readonly slabs: number;
  /** Loans from a slab that was there. */
  readonly hits: number;
  /** Loans that needed a new slab. */
  readonly misses: number;
  /** Loans longer than `maxBufferBytes`, which are not pooled. */
  readonly oversize: number;
  /** Loans that were not pooled because `maxBytes` is in use. */
  readonly overflow: number;
  /** Blocks that are never lent again: destroyed, written to when they were free, transferred, or their lease was found lost by the garbage collector. Their slabs leave when the others come back. */
  readonly lost: number;
}

const POISON = 0xdb;

/** A slab has no more blocks than fit into this, bytes, but one at least. */
const SLAB_BYTES = 65_536;

/** Slabs of a small pool are smaller: it can have this many. */
const SLABS_AT_LEAST = 16;

/** Of the room that is left a slab takes this part at most, so that no mix of sizes takes all of it. */
const PART_OF_ROOM = 0.125;

/** Blocks of the first slab of a size. Each further one has as many as all the others, until it is a slab of full size. */
const FIRST_BLOCKS = 4;

/**
 * Lends `Uint8Array`s, and keeps their memory for the next loan: for buffers of 1 KiB and more, which
 * are dear to allocate and to fill with zeros. Memory comes in slabs, which are cut into blocks of a
 * size class; the slabs never exceed `maxBytes`.
 *
 * A buffer is lent with exactly the length asked for, and with the bytes that its last user left,
 * unless `onReturn` is `'zero'`. It shares its `ArrayBuffer` with others: use `byteOffset` with `buffer`, and
 * never transfer it, which takes the memory of all of them.
 * Whoever needs bytes beyond the loan copies them (`slice()` of a Uint8Array does, `subarray()` and
 * Node's `Buffer.slice()` do not): a view that was kept shows what the next one writes. `debug` detects
 * the writes of such views.
 *
 * ```ts
 * import { BufferPool } from "@heapwise/pool";
 *
 * const pool = new BufferPool({ maxBytes: 2 ** 20 });
 * const lease = pool.acquire(1500);
 * lease.value.length; // => 1500
 * lease.release();
 * pool.stats().leasedBytes; // => 0
 * ```
 */
export class BufferPool implements Disposable {
  readonly #settings: BufferPoolSettings;
  readonly #lists: (SlabList | undefined)[] = [];
  readonly #slabs = new Set<Slab>();
  readonly #lender: BufferLender;
  /** Undefined if the host tells of no collection: then nobody notices a lost lease. */
  readonly #lost: FinalizationRegistry<Block> | undefined;
  readonly #watch = (token: BlockToken): void => this.#lost?.register(token, token.block, token);
  readonly #timer: IdleTimer | undefined;
  /** In debug mode: who had a free block last. */
  readonly #lastLoans = new WeakMap<Block, LoanRecord>();
  #isDisposed = false;
  #bytes = 0;
  #leasedBytes = 0;
  #acquired = 0;
  #misses = 0;
  #oversize = 0;
  #overflow = 0;
  #lostBlocks = 0;

  /** Makes a pool without any memory. Throws for bad options. */
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
      giveUp: (token) => token !== undefined && this.#retire(token),
    };
  }

  /**
   * Lends a buffer of exactly this length, in bytes. Throws for a length that is not an integer, a RangeError if the
   * engine has no memory, a PoolClosedError when the pool is disposed of, a PoolExhaustedError beyond the
   * bounds of a strict pool, whose numbers are bytes, and in debug mode a StaleLeaseError when somebody
   * has written to a free block. A call that throws counts as no loan.
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

  /** Gives back the slabs that are empty now. Returns their bytes. */
  trim(): number {
    const before = this.#bytes;
    for (const slab of this.#slabs) if (slab.used === 0) this.#remove(slab);
    return before - this.#bytes;
  }

  /** How the pool stands, and what it counted. */
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

  /** Gives back all memory that is free, and the rest when it comes back; lends no more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.trim();
  }

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
    // What is empty in other classes makes room.
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
    // The length of a view whose memory was transferred is 0.
    if (onReturn !== "keep" && view.length > 0) view.fill(onReturn === "zero" ? 0 : POISON);
    if (token === undefined) return;
    const { block } = token;
    if (block.slab.isDetached) {
      this.#retire(token);
      return;
    }
    if (debug && record !== undefined) this.#poison(block, record);
    this.#putBack(token);
  }

  /** Puts a block that was lent among the free ones of its slab. */
  #putBack(token: BlockToken): void {
    const { slab } = token.block;
    this.#leasedBytes -= slab.blockBytes;
    slab.used--;
    slab.free.push(token);
    if (slab.lost > 0) this.#removeIfLost(slab);
    else {
      this.#lists[slab.sizeClass]!.returned(slab);
      if (slab.used === 0) {
        if (this.#isDisposed) this.#remove(slab);
        else this.#timer?.start();
      }
    }
  }

  /** Takes a block that is lent out of use: nobody looks any longer whether its token is lost. */
  #retire(token: BlockToken): void {
    this.#lost?.unregister(token);
    this.#retireBlock(token.block);
  }

  /** A block that is never lent again. Its slab lends no more, and leaves when the other blocks are back. */
  #retireBlock({ slab }: Block): void {
    slab.lost++;
    this.#lostBlocks++;
    this.#leasedBytes -= slab.blockBytes;
    this.#lists[slab.sizeClass]!.remove(slab);
    this.#removeIfLost(slab);
  }

  #removeIfLost(slab: Slab): void {
    if (slab.used === slab.lost) this.#remove(slab);
  }

  #remove(slab: Slab): void {
    if (!this.#slabs.delete(slab)) return;
    const list = this.#lists[slab.sizeClass]!;
    list.remove(slab);
    list.blocks -= slab.blocks;
    this.#bytes -= slab.blocks * slab.blockBytes;
    // The registry holds the blocks of the tokens that it watches, and those their slab.
    for (const token of slab.free) this.#lost?.unregister(token);
  }

  /** The first time a slab is found empty it becomes a victim, the second time it leaves, unless it was used between. */
  #trimOld(): void {
    let hasEmpty = false;
    for (const slab of this.#slabs) {
      if (slab.used > 0) continue;
      if (++slab.timesEmpty > 1) this.#remove(slab);
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
      // The engine has no memory for a view: nobody looks at this block when it is lent next.
    }
  }

  /** A view for a loan that begins. If the engine has no memory, it does not begin. */
  #viewOf(token: BlockToken, byteLength: number, misses: number): Uint8Array {
    const { slab, offset } = token.block;
    try {
      return new Uint8Array(slab.buffer, offset, byteLength);
    } catch (error) {
      this.#misses = misses;
      this.#putBack(token);
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
      "lend buffer again, somebody wrote to it",
      this.#settings.name,
      last,
      undefined,
    );
  }

  /** In bytes. */
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
