import {
  BufferPool,
  KeyedPool,
  ObjectPool,
  ResourcePool,
  StaleLeaseError,
  type Holder,
  type Lease,
} from "@heapwise/pool";
import { asyncLoanScopes } from "@heapwise/pool/node";
import { meterPool, type MeterShape } from "@heapwise/pool/opentelemetry";

interface Connection {
  readonly id: number;
}

async function main(): Promise<void> {
  let made = 0;
  const pool = new ResourcePool<Connection>({
    create: ({ signal }) => {
      expect(!signal.aborted, "a signal");
      return Promise.resolve({ id: ++made });
    },
    max: 2,
    scopes: asyncLoanScopes(),
  });
  const lease: Lease<Connection> = await pool.acquire({ timeout: 1000, label: "consumer" });
  const holders: Holder<Connection>[] = pool.holders();
  expect(holders[0]?.label === "consumer", "a holder with its label");
  lease.release();
  try {
    lease.release();
    expect(false, "an error for the second release");
  } catch (error) {
    expect(error instanceof StaleLeaseError && error.code === "STALE_LEASE", "a stale lease");
  }
  const id: number = await pool.use((connection) => connection.id);
  expect(id === 1, "the same connection");
  const nested = await pool
    .use(() => pool.use(() => pool.use(() => "none")))
    .catch((error: { reason?: string }) => error.reason);
  expect(nested === "deadlock", "a deadlock that is reported");
  expect((await pool.close()).left.length === 0, "a clean close");

  const keyed = new KeyedPool({ create: (key: string) => ({ key }), max: 4, maxPerKey: 2 });
  expect((await keyed.use("a", (value) => value.key)) === "a", "a resource of its key");
  await keyed.close();

  const objects = new ObjectPool({ create: () => [0], reset: (list) => list.fill(0) });
  expect(objects.use((list) => list.length) === 1, "an object");

  const buffers = new BufferPool({ maxBytes: 2 ** 20, onReturn: "zero" });
  const buffer: Lease<Uint8Array> = buffers.acquire(1000);
  expect(buffer.value.length === 1000, "a buffer of its length");
  buffer.release();

  const feed: (meter: MeterShape) => () => void = (meter) => meterPool(keyed, { meter });
  expect(typeof feed === "function", "a function that ends the observation of a pool");
}

export const done: Promise<void> = main();

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot use the package: expected ${what}`);
}
