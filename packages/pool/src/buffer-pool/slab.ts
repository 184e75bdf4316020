/** A part of a slab that is lent as a whole. */
export interface Block {
  readonly slab: Slab;
  readonly offset: number;
  /** The last view of it that was lent, for the next loan of the same length. */
  view: Uint8Array | undefined;
}

/** The right to a block: the free list of its slab has it, or the lease. A lease that is lost takes it along. */
export class BlockToken {
  readonly block: Block;

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
  /** Tokens of the blocks that are free, the last one returned first. */
  readonly free: BlockToken[] = [];
  /** Blocks that were ever lent; the others have no token yet. */
  #begun = 0;
  /** Blocks that are lent. */
  used = 0;
  /** Blocks among those whose lease was lost: they are never lent again, for somebody may still use them. */
  lost = 0;
  /** Place in the list of its class; -1 while it has no free block. */
  index = -1;
  /** How many times it was found empty since it was used. */
  timesEmpty = 0;

  constructor(sizeClass: number, blockBytes: number, blocks: number) {
    this.sizeClass = sizeClass;
    this.blockBytes = blockBytes;
    this.blocks = blocks;
    this.buffer = new ArrayBuffer(blockBytes * blocks);
  }

  /** Whether it may lend: it has a free block, and none that was lost. */
  get isOpen(): boolean {
    return this.used < this.blocks && this.lost === 0;
  }

  /** Whether somebody has transferred its memory, to another thread, say: nobody can use it here any more. */
  get isDetached(): boolean {
    return this.buffer.byteLength === 0;
  }

  /** Takes a free block. `onNew` hears of a token that was made for it. The caller guarantees that there is one. */
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
