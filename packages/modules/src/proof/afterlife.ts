import { statusOfProbes, type RetainingPath } from "@heapwise/leaks";
import type { EventHub } from "../host/events.ts";
import type { Clock } from "../host/options.ts";
import { findHolders, keptByNode } from "./holder-paths.ts";
import { isGone, type Remains, type Zombie } from "./remains.ts";

/** How far a proof goes: a snapshot only with `true`; `false` collects nothing. */
export type VerifyOption = boolean | "fast";

/** The result of a proof. */
export interface Proof {
  readonly reclaimed: "plainly" | "lazily" | false | undefined;
  readonly retained: readonly RetainingPath[];
}

/** Counts of what became of versions. */
export interface AfterlifeCounts {
  readonly reclaimed: number;
  readonly retained: number;
}

/**
 * The versions that the host let go of: unverified until a proof looks at them, then reclaimed, or
 * zombies. Natural collections are noticed too, by a FinalizationRegistry.
 */
export class Afterlife {
  readonly #events: EventHub;
  readonly #clock: Clock;
  readonly #unverified = new Set<Remains>();
  readonly #zombies = new Set<Remains>();
  readonly #registry: FinalizationRegistry<Remains>;
  #reclaimed = 0;
  #retained = 0;

  constructor(events: EventHub, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
    this.#registry = new FinalizationRegistry((remains) => this.#look(remains));
  }

  get counts(): AfterlifeCounts {
    return { reclaimed: this.#reclaimed, retained: this.#retained };
  }

  get unverified(): number {
    return this.#unverified.size;
  }

  get size(): number {
    return this.#zombies.size;
  }

  /** The versions that are held, the oldest first. */
  zombies(): Zombie[] {
    const now = this.#clock.now();
    return [...this.#zombies].map(({ module, version, since, retained }) => ({
      module,
      version,
      ageMs: Math.max(0, now - since),
      retained,
    }));
  }

  /** Adds a version of which nothing is known. Looks when something of it is collected. */
  add(remains: Remains): void {
    if (!remains.isUnloadable) {
      this.#settle(remains, false, keptByNode(remains));
      return;
    }
    this.#unverified.add(remains);
    for (const { ref } of remains.watched) {
      const object = ref.deref();
      if (object !== undefined) this.#registry.register(object, remains, remains);
    }
  }

  /** The versions of a module that nobody looked at. */
  unverifiedOf(module: string): Remains[] {
    return [...this.#unverified].filter((each) => each.module === module);
  }

  /**
   * Collects garbage, says what became of each version, and returns the worst. With `true` one
   * snapshot finds what holds those that live.
   */
  async judge(all: readonly Remains[], how: VerifyOption): Promise<Proof> {
    if (how === false) return { reclaimed: undefined, retained: [] };
    const verdicts = await statusOfProbes(all.flatMap(({ watched }) => watched.map(probeOf)));
    const held: Remains[] = [];
    let isLazy = false;
    let isKnown = true;
    let at = 0;
    for (const remains of all) {
      const own = verdicts.slice(at, (at += remains.watched.length));
      if (!remains.isUnloadable || own.includes("live")) held.push(remains);
      else if (own.includes("inconclusive")) isKnown = false;
      else {
        const verdict = own.includes("collected-lazily") ? "lazily" : "plainly";
        isLazy ||= verdict === "lazily";
        this.#settle(remains, verdict, []);
      }
    }
    const paths = how === true ? await findHolders(held) : held.map(() => []);
    held.forEach((remains, i) => this.#settle(remains, false, paths[i]!));
    if (held.length > 0) return { reclaimed: false, retained: held.flatMap((r) => r.retained) };
    return { reclaimed: isKnown ? (isLazy ? "lazily" : "plainly") : undefined, retained: [] };
  }

  /** Looks at all that is unverified or held. */
  async judgeAll(how: VerifyOption): Promise<Proof> {
    return await this.judge([...this.#unverified, ...this.#zombies], how);
  }

  /** Finds what holds the zombies of which that is not known, by one snapshot. */
  async explain(): Promise<void> {
    const unknown = [...this.#zombies].filter(({ retained }) => retained.length === 0);
    const paths = await findHolders(unknown);
    unknown.forEach((remains, i) => (remains.retained = paths[i]!));
  }

  /** Whether `retained` events are worth a snapshot. */
  get isListened(): boolean {
    return this.#events.isHeard("retained");
  }

  #look(remains: Remains): void {
    const isWatched = this.#unverified.has(remains) || this.#zombies.has(remains);
    if (isWatched && isGone(remains)) this.#settle(remains, "plainly", []);
  }

  #settle(
    remains: Remains,
    reclaimed: "plainly" | "lazily" | false,
    retained: readonly RetainingPath[],
  ): void {
    const { module, version, holder } = remains;
    const wasZombie = this.#zombies.has(remains);
    const wasUnverified = this.#unverified.delete(remains);
    if (reclaimed === false) {
      if (retained.length > 0) remains.retained = retained;
      this.#zombies.add(remains);
      if (holder !== undefined) holder.state = "retained";
      if (wasZombie) return;
      this.#retained++;
      this.#events.emit("retained", { module, version, retained: remains.retained });
      return;
    }
    // A proof and the registry may both see it.
    if (!wasUnverified && !wasZombie) return;
    this.#zombies.delete(remains);
    this.#registry.unregister(remains);
    if (holder !== undefined) holder.state = "reclaimed";
    this.#reclaimed++;
    this.#events.emit("reclaimed", { module, version, how: reclaimed });
  }
}

function probeOf({ probe }: Remains["watched"][number]): Remains["watched"][number]["probe"] {
  return probe;
}
