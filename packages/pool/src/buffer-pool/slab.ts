/** A part of a slab that is lent as a whole. */
export interface Block {
  readonly slab: Slab;
  /** Byte offset in the buffer of the slab. */
  readonly offset: number;
  /** The last view of the block that was lent, for the next loan of the same length. */
  view: Uint8Array | undefined;
}

/**
 * The right to a block. Either the free list of the slab has it or a lease. If a lease is
 * collected, its token is collected too, which is how a lost lease is noticed.
 */
export class BlockToken {
  readonly block: Block;

  /** The token of a block; there is one. */
  constructor(block: Block) {
    this.block = block;
  }
}

/** Memory that is cut into blocks of one size. */
export class Slab {
  readonly sizeClass: number;
  readonly blockBytes: number;
  readonly buffer: ArrayBuffer;
  readonly blocks: number;
  /** Tokens of the free blocks that were lent before; the last returned one is lent next. */
  readonly free: BlockToken[] = [];
  /** Number of blocks that were ever lent. The others have no token yet. */
  #begun = 0;
  /** Number of blocks on loan, including lost blocks. */
  used = 0;
  /** Number of retired blocks: they are never lent again, because other code may still use them. */
  lost = 0;
  /** Place in the list of its class; -1 while it is not in the list. */
  index = -1;
  /** How many times the timer found the slab empty since its last use. */
  timesEmpty = 0;

  /** Allocates a slab of `blocks` blocks. Throws a RangeError if the engine has no memory. */
  constructor(sizeClass: number, blockBytes: number, blocks: number) {
    this.sizeClass = sizeClass;
    this.blockBytes = blockBytes;
    this.blocks = blocks;
    this.buffer = new ArrayBuffer(blockBytes * blocks);
  }

  /** Whether the slab may lend: it has a free block and no retired one. */
  get isOpen(): boolean {
    return this.used < this.blocks && this.lost === 0;
  }

  /** Whether the program has transferred its memory, to another thread for example. */
  get isDetached(): boolean {
    return this.buffer.byteLength === 0;
  }

  /**
   * Takes a free block. Calls `onNew` with its token if the token was made for this loan. The
   * caller guarantees that the slab has a free block.
   */
  take(onNew: (token: BlockToken) => void): BlockToken {
    this.used++;
    this.timesEmpty = 0;
    const token = this.free.pop();
    if (token !== undefined) return token;
    const offset = this.#begun++ * this.blockBytes;
    const made = new BlockToken({ slab: this, offset, view: undefined });
    onNew(made);
    return made;
  }
}
