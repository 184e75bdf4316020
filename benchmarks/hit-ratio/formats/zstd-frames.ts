/**
 * Splits packed zstd data into its frames. Node unpacks only the first frame and does not report
 * the others, which `pzstd`, or `cat` of several files, makes.
 *
 * https://github.com/facebook/zstd/blob/dev/doc/zstd_compression_format.md
 */
export async function* splitFrames(
  packed: AsyncGenerator<Buffer>,
): AsyncGenerator<AsyncGenerator<Buffer>> {
  let rest: Buffer | undefined = await nextChunk(packed);
  async function* readFrame(): AsyncGenerator<Buffer> {
    const frame = new Frame();
    while (rest !== undefined) {
      const length = frame.take(rest);
      const bytes = rest.subarray(0, length);
      rest = length < rest.length ? rest.subarray(length) : await nextChunk(packed);
      yield bytes;
      if (frame.isWhole) return;
    }
  }
  while (rest !== undefined) yield readFrame();
}

async function nextChunk(packed: AsyncGenerator<Buffer>): Promise<Buffer | undefined> {
  const { value, done } = await packed.next();
  return done === true ? undefined : (value as Buffer);
}

const MAGIC = 0xfd2fb528;

/** Whether the first four bytes start a frame, or a frame that readers skip. */
export function isZstd(start: Buffer): boolean {
  const word = start.readUInt32LE(0);
  return word === MAGIC || isSkippable(word);
}

function isSkippable(word: number): boolean {
  return (word & 0xfffffff0) >>> 0 === 0x184d2a50;
}

/** Finds the end of a frame by the sizes in it. */
class Frame {
  isWhole = false;
  #hasChecksum = false;
  // Reads the expected bytes, and returns the number of the next expected bytes.
  #read: (head: Buffer) => number = (head) => this.#readMagic(head);
  #head: Buffer = Buffer.alloc(0);
  #wanted = 4;
  #toPass = 0;

  /** Number of bytes that belong to the frame. */
  take(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && !this.isWhole) {
      if (this.#toPass > 0) {
        const passed = Math.min(this.#toPass, bytes.length - at);
        this.#toPass -= passed;
        at += passed;
      } else {
        const part = bytes.subarray(at, at + this.#wanted - this.#head.length);
        this.#head = Buffer.concat([this.#head, part]);
        at += part.length;
        if (this.#head.length === this.#wanted) this.#readHead();
      }
      if (this.#toPass === 0 && this.#wanted === 0) this.isWhole = true;
    }
    return at;
  }

  #readHead(): void {
    this.#wanted = this.#read(this.#head);
    this.#head = Buffer.alloc(0);
  }

  #readMagic(head: Buffer): number {
    const word = head.readUInt32LE(0);
    if (isSkippable(word)) {
      this.#read = (size) => this.#pass(size.readUInt32LE(0), 0);
      return 4;
    }
    // Data that is not a frame is left to the unpacker, which reports the error.
    if (word !== MAGIC) return this.#pass(Number.POSITIVE_INFINITY, 0);
    this.#read = ([descriptor]) => {
      const isSingle = (descriptor! & 32) !== 0;
      this.#hasChecksum = (descriptor! & 4) !== 0;
      const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor! >>> 6]!;
      const dictionaryBytes = [0, 1, 2, 4][descriptor! & 3]!;
      this.#read = (block) => this.#readBlock(block);
      return this.#pass((isSingle ? 0 : 1) + sizeBytes + dictionaryBytes, 3);
    };
    return 1;
  }

  #readBlock(head: Buffer): number {
    const word = head.readUIntLE(0, 3);
    const isLast = (word & 1) === 1;
    // A block of one repeated byte stores only that byte.
    const size = ((word >>> 1) & 3) === 1 ? 1 : word >>> 3;
    if (!isLast) return this.#pass(size, 3);
    return this.#pass(size + (this.#hasChecksum ? 4 : 0), 0);
  }

  #pass(length: number, wanted: number): number {
    this.#toPass = length;
    return wanted;
  }
}
