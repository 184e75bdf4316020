import { writeHeapSnapshot } from "node:v8";

// A program with each kind of reference that DevTools treats in its own way: entries of WeakMaps,
// also with texts that break V8's names of such edges, WeakRefs, and objects in circles.
class Session {
  constructor(id) {
    this.id = id;
    this.peers = new Set();
  }
  meet(peer) {
    this.peers.add(peer);
  }
}

const sessions = new Map();
const labels = new WeakMap();
const weakly = [];
for (let id = 0; id < 300; id++) {
  const session = new Session(id);
  session.meet(sessions.get(id - 1) ?? session);
  sessions.set(id, session);
  if (id % 3 === 0) labels.set(session, { label: `session ${id}` });
  if (id % 3 === 1) labels.set(session, `a text\nof two lines ${id}`);
  if (id % 3 === 2) labels.set(session, `a long text ${id} `.repeat(100));
  weakly.push(new WeakRef(session));
}
const chained = new WeakMap();
let key = sessions.get(0);
for (let id = 0; id < 50; id++) {
  const next = { id };
  chained.set(key, next);
  key = next;
}
globalThis.kept = { sessions, labels, weakly, chained, listen: () => sessions };

writeHeapSnapshot(process.argv[2]);
process.exit();
