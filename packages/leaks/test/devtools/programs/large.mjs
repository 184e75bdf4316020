import { writeHeapSnapshot } from "node:v8";

// A heap above 100 MB of linked entities, with long lists, Maps, Sets, closures and back references.
class Entity {
  constructor(id, owner) {
    this.id = id;
    this.name = `entity-${id}`;
    this.owner = owner;
    this.links = [];
    this.tags = new Set();
    this.previous = undefined;
    this.next = undefined;
    this.describe = () => `${this.name} of ${owner?.name}`;
    this.text = `${id} `.padEnd(100, "abcdefgh");
  }
  link(entity) {
    this.links.push(entity);
  }
}

const COUNT = 130_000;
const byName = new Map();
const owners = [];
let last;
for (let id = 0; id < COUNT; id++) {
  const entity = new Entity(id, owners[id % 97]);
  if (id % 1000 === 0) owners.push(entity);
  byName.set(entity.name, entity);
  for (let link = 0; link < 5; link++) {
    entity.link(byName.get(`entity-${(id * 7919 + link * 104_729) % (id + 1)}`));
  }
  entity.tags.add(entity.links[0]);
  entity.previous = last;
  if (last !== undefined) last.next = entity;
  last = entity;
}
globalThis.kept = { byName };

writeHeapSnapshot(process.argv[2]);
process.exit();
