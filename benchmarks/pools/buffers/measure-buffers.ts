import { BufferPool } from "@heapwise/pool";
import { timeRounds, type ArmTime, type TimedArm } from "../rounds.ts";

export interface BufferTask {
  readonly byteLength: number;
  readonly seconds: number;
}

/** The arm that ratios are relative to. */
export const NEW_BUFFER = "new Uint8Array";

/**
 * Bytes that are made in a round. They are the same for all sizes, so that all rounds take about
 * the same time.
 */
const BYTES_PER_ROUND = 64 * 2 ** 20;
const MOST_PER_ROUND = 200_000;

function touch(bytes: Uint8Array): number {
  bytes[0] = 1;
  bytes[bytes.length - 1] = 2;
  return bytes[0]!;
}

function pooled(name: string, byteLength: number, onReturn: "keep" | "zero"): TimedArm {
  const pool = new BufferPool({ maxBytes: 64 * 2 ** 20, onReturn });
  return {
    name,
    run(count) {
      let sum = 0;
      for (let i = 0; i < count; i += 1) {
        const lease = pool.acquire(byteLength);
        sum += touch(lease.value);
        lease.release();
      }
      return sum;
    },
  };
}

/** Answers a task of the suite. */
export async function measureBuffers({ byteLength, seconds }: BufferTask): Promise<ArmTime[]> {
  const arms: TimedArm[] = [
    pooled("heapwise pool", byteLength, "keep"),
    pooled("heapwise pool, zeroed", byteLength, "zero"),
    {
      name: "Buffer.allocUnsafe",
      run(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) sum += touch(Buffer.allocUnsafe(byteLength));
        return sum;
      },
    },
    {
      name: NEW_BUFFER,
      run(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) sum += touch(new Uint8Array(byteLength));
        return sum;
      },
    },
  ];
  const count = Math.min(MOST_PER_ROUND, Math.ceil(BYTES_PER_ROUND / byteLength));
  return timeRounds(arms, { count, seconds, baseline: NEW_BUFFER });
}
