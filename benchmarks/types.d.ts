declare module "deepool" {
  /** A pool in a ring array; it grows by doubling and never shrinks. */
  export function create(make: () => object): { use(): object; recycle(object: object): void };
}
