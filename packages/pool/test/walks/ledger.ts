/** A resource, as the callbacks of its pool see it. */
export interface Thing {
  readonly id: number;
  readonly key: string;
  readonly madeAt: number;
  /** Whether it arrived after its creation had timed out or was abandoned. */
  isLate: boolean;
  /**
   * Whether the pool has reported its creation. The promise of `create` reaches the pool a little
   * later.
   */
  isKnown: boolean;
  /** The time from which on it may not be lent. */
  endsBy: number;
  /** The time of its last use. */
  idleSince: number;
  uses: number;
  /** The number of its last loan, by `holders()`. */
  loan: string | undefined;
  isLent: boolean;
  /** The callback that runs on it. */
  busy: string | undefined;
  destroys: number;
  /** Whether the pool has reported its destruction. */
  isLeaving: boolean;
  /** Whether its holder knows that it may be destroyed during the loan. */
  isDiscarded: boolean;
}

/**
 * An item that counts against `max`, from the call of `create` until `destroy` has settled or timed
 * out.
 */
export interface Room {
  readonly key: string;
  state: "creating" | "standing" | "closing";
  /** The time from which on it no longer counts. */
  until: number;
  /** The time from which on the resource that is being made may not be lent. */
  endsBy: number;
}

/** Counts resources from outside, by the calls of the callbacks of a pool. */
export class Ledger {
  readonly things: Thing[] = [];
  readonly rooms = new Set<Room>();
  readonly #roomOf = new Map<Thing, Room>();
  made = 0;
  destroyed = 0;
  late = 0;
  destroyFailures = 0;
  abandoned = 0;

  roomsOf(key: string): number {
    let count = 0;
    for (const room of this.rooms) if (room.key === key) count++;
    return count;
  }

  keys(): Set<string> {
    return new Set(Array.from(this.rooms, ({ key }) => key));
  }

  beginCreation(key: string, until: number): Room {
    const room: Room = { key, state: "creating", until, endsBy: Infinity };
    this.rooms.add(room);
    return room;
  }

  endCreation(room: Room, now: number, lifetime: number): Thing {
    const isLate = !this.rooms.has(room) || now >= room.until;
    const thing: Thing = {
      id: this.things.length + 1,
      key: room.key,
      madeAt: now,
      isLate,
      isKnown: false,
      endsBy: Math.min(now + lifetime, room.endsBy),
      idleSince: now,
      uses: 0,
      loan: undefined,
      isLent: false,
      busy: undefined,
      destroys: 0,
      isLeaving: false,
      isDiscarded: false,
    };
    this.things.push(thing);
    if (isLate) {
      this.late++;
      this.rooms.delete(room);
    } else {
      this.made++;
      room.state = "standing";
      room.until = Infinity;
      this.#roomOf.set(thing, room);
    }
    return thing;
  }

  failCreation(room: Room): void {
    this.rooms.delete(room);
  }

  beginDestruction(thing: Thing, until: number): void {
    thing.destroys++;
    const room = this.#roomOf.get(thing);
    if (room === undefined) return;
    this.destroyed++;
    room.state = "closing";
    room.until = until;
  }

  endDestruction(thing: Thing, hasFailed: boolean): void {
    const room = this.#roomOf.get(thing);
    if (room === undefined || !this.rooms.delete(room)) return;
    if (hasFailed) this.destroyFailures++;
  }

  /** Notes that present resources and creations may not be lent from a time on. */
  endBy(key: string | undefined, time: number): void {
    for (const thing of this.things) {
      if (key === undefined || thing.key === key) thing.endsBy = Math.min(thing.endsBy, time);
    }
    for (const room of this.rooms) {
      const isMeant = room.state === "creating" && (key === undefined || room.key === key);
      if (isMeant) room.endsBy = Math.min(room.endsBy, time);
    }
  }

  /** Removes items whose callbacks have timed out. */
  forgetTimedOut(now: number): void {
    for (const room of this.rooms) {
      if (room.until > now) continue;
      this.rooms.delete(room);
      if (room.state === "closing") this.destroyFailures++;
    }
  }

  /** The deadline of a close has come: creations are abandoned. */
  abandonCreations(key: string | undefined): void {
    for (const room of this.rooms) {
      if (room.state !== "creating" || (key !== undefined && room.key !== key)) continue;
      this.rooms.delete(room);
      this.abandoned++;
    }
    for (const [thing, room] of this.#roomOf) {
      if (thing.isKnown || thing.destroys > 0 || (key !== undefined && room.key !== key)) continue;
      this.#roomOf.delete(thing);
      this.rooms.delete(room);
      thing.isLate = true;
      this.made--;
      this.late++;
      this.abandoned++;
    }
  }
}
