/** An item of a heap. */
export interface HeapItem {
  /** Place in the heap; -1 if the item is in no heap. */
  index: number;
}

/** A binary heap whose items know their place, so that any item can be removed in O(log n). */
export class BinaryHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  /** Makes an empty heap. Its first item will be before all others. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  /** Number of items. */
  get size(): number {
    return this.#items.length;
  }

  /** The first item, or undefined if the heap is empty. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item that is in no heap. */
  put(item: T): void {
    const { length } = this.#items;
    item.index = length;
    this.#items.push(item);
    if (length > 0) this.#rise(item);
  }

  /** Removes an item. Returns false if it is in no heap. */
  remove(item: T): boolean {
    const { index } = item;
    if (index === -1) return false;
    item.index = -1;
    const last = this.#items.pop()!;
    if (last !== item) {
      last.index = index;
      this.update(last);
    }
    return true;
  }

  /** Removes all items. */
  clear(): void {
    for (const item of this.#items) item.index = -1;
    this.#items.length = 0;
  }

  /** Moves an item to its place after its order has changed. */
  update(item: T): void {
    const { index } = item;
    this.#rise(item);
    if (item.index === index) this.#sink(item);
  }

  /** The children of an item: two, one or none. */
  below({ index }: T): T[] {
    return this.#items.slice(2 * index + 1, 2 * index + 3);
  }

  /** A copy of all items, in no order. */
  toArray(): T[] {
    return [...this.#items];
  }

  #rise(item: T): void {
    const items = this.#items;
    const isBefore = this.#isBefore;
    let { index } = item;
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = items[up]!;
      if (!isBefore(item, parent)) break;
      items[index] = parent;
      parent.index = index;
      index = up;
    }
    items[index] = item;
    item.index = index;
  }

  #sink(item: T): void {
    const items = this.#items;
    const isBefore = this.#isBefore;
    const { length } = items;
    let { index } = item;
    for (;;) {
      let down = 2 * index + 1;
      if (down >= length) break;
      let child = items[down]!;
      if (down + 1 < length) {
        const other = items[down + 1]!;
        if (isBefore(other, child)) {
          child = other;
          down++;
        }
      }
      if (!isBefore(child, item)) break;
      items[index] = child;
      child.index = index;
      index = down;
    }
    items[index] = item;
    item.index = index;
  }
}
