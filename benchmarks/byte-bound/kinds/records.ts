import { email, parsed, pushed, scatter, timestamp, times, uuid, words } from "./contents.ts";
import type { Kind } from "./kind.ts";

class Vector {
  x: number;
  y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}
class Session {
  id: string;
  startedAt: Date;
  position: Vector;
  trail: Vector[];
  previous: Session | undefined;
  constructor(i: number) {
    this.id = words(i, 24);
    this.startedAt = new Date(i * 1e6);
    this.position = new Vector(i, i + 0.5);
    this.trail = times(5, (j) => new Vector(i + j, j));
    this.previous = undefined;
  }
}
class Model {
  readonly createdAt: Date;
  readonly updatedAt: Date | null = null;
  constructor(i: number) {
    this.createdAt = new Date(1.6e12 + i);
  }
  get age(): number {
    return this.createdAt.getTime();
  }
}
class Customer extends Model {
  name: string;
  emails: string[];
  constructor(i: number) {
    super(i);
    this.name = words(i, 22);
    this.emails = [email(i), email(i + 1)];
  }
}
class Subscriber extends Customer {
  plan = { id: 0, price: 0 };
  renewals: number[];
  constructor(i: number) {
    super(i);
    this.plan = { id: i, price: i + 0.99 };
    this.renewals = times(12, (j) => scatter(i + j));
  }
}
/** As an ORM fills it: fields are not declared, and columns are assigned one by one. */
class Row {
  [column: string]: unknown;
  save(): void {}
}
const COLUMNS = times(30, (j) => `column_${words(j, 6)}_${j}`);
const columnValue = (i: number, j: number): unknown =>
  [null, i + j, (i + j) / 4, words(i + j, 20), new Date(1.6e12 + i), true][j % 6];

function rowOf(i: number): Row {
  const row = new Row();
  COLUMNS.forEach((column, j) => (row[column] = columnValue(i, j)));
  return row;
}

/** As a database driver makes rows: it fills a copy of an empty row. */
const emptyRow = Object.fromEntries(COLUMNS.map((column) => [column, null]));

class Entity {
  readonly id: string;
  readonly #secret: string;
  constructor(i: number) {
    this.id = uuid(i);
    this.#secret = words(i, 40);
  }
  get secret(): string {
    return this.#secret;
  }
}

class TreeNode {
  readonly name: string;
  readonly parent: TreeNode | undefined;
  readonly children: TreeNode[];
  constructor(i: number, depth: number, parent?: TreeNode) {
    this.name = words(i, 18);
    this.parent = parent;
    this.children = depth > 0 ? times(4, (j) => new TreeNode(4 * i + j, depth - 1, this)) : [];
  }
}

interface Link {
  readonly value: string;
  previous: Link;
  next: Link;
}

function ring(i: number): Link {
  const links = times(20, (j) => ({ value: words(20 * i + j, 16) }) as Link);
  links.forEach((link, j) => {
    link.next = links[(j + 1) % 20]!;
    link.previous = links[(j + 19) % 20]!;
  });
  return links[0]!;
}

/** An object that all entries of a tenant refer to. */
let tenant: object = {};
const tenantOf = (i: number): object =>
  i % 20 === 0
    ? (tenant = parsed({
        id: i,
        rules: times(40, (j) => ({ name: words(i + j, 30), on: true })),
      }) as object)
    : tenant;

const KEY = Symbol("metadata");
const OTHER_KEY = Symbol.for("trace");

/** Objects of programs: literals, instances of classes, graphs. */
export const RECORD_KINDS: readonly Kind[] = [
  { name: "class instances", isCompared: true, make: (i) => new Session(i) },
  { name: "classes that inherit", make: (i) => new Subscriber(i) },
  { name: "rows of an ORM, 30 columns", make: rowOf },
  { name: "page of rows of an ORM", make: (i) => pushed(20, (j) => rowOf(20 * i + j)) },
  {
    name: "rows of a driver, 30 columns",
    make: (i) => {
      const row: Record<string, unknown> = { ...emptyRow };
      COLUMNS.forEach((column, j) => (row[column] = columnValue(i, j)));
      return row;
    },
  },
  {
    name: "records with constants of literals",
    make: (i) => ({
      id: i,
      type: "application/vnd.example.order+json",
      state: "waiting for the payment of the customer",
      owner: email(i),
    }),
  },
  {
    name: "literals with nested literals",
    make: (i) => ({
      id: i,
      at: { x: i, y: i / 3 },
      tags: [`tag ${i}`, `mark ${i}`],
      more: { a: { b: i } },
    }),
  },
  {
    name: "copies by spread",
    unseen: "a hidden class for each copy, on Node 20",
    make: (i) => {
      const product = parsed({ sku: i, price: i / 4, title: words(i, 20) }) as object;
      return { ...product, seenAt: timestamp(i) };
    },
  },
  {
    name: "getters of a class",
    make: (i) => new Customer(i),
  },
  {
    name: "Object.assign to a new object",
    make: (i) =>
      Object.assign({}, { id: i, name: words(i, 20) }, { at: timestamp(i), on: true, n: i / 2 }),
  },
  {
    name: "frozen records",
    make: (i) => Object.freeze({ id: uuid(i), list: Object.freeze([i, i + 1]) }),
  },
  {
    name: "objects after a delete",
    unseen: "a table after a deletion",
    make: (i) => {
      const user = parsed({
        id: i,
        name: words(i, 20),
        password: words(i, 30),
        email: email(i),
      }) as Record<string, unknown>;
      delete user["password"];
      return user;
    },
  },
  {
    name: "symbols as keys",
    make: (i) => ({
      id: i,
      [KEY]: { trace: uuid(i), body: words(i, 300) },
      [OTHER_KEY]: timestamp(i),
    }),
  },
  {
    name: "symbols as keys of one record among 20",
    make: (i) =>
      times(20, (j) =>
        j === 7 ? { id: j, name: words(i, 9), [KEY]: words(i, 900) } : { id: j, name: words(j, 9) },
      ),
  },
  {
    name: "prototypes with data",
    make: (i) =>
      Object.assign(
        Object.create({ defaults: words(i, 400), list: times(20, (j) => i + j) }) as object,
        { id: i },
      ),
  },
  {
    name: "prototypes in a chain",
    make: (i) =>
      Object.create(Object.create({ theme: words(i, 200) }) as object, {
        id: { value: i, enumerable: true },
      }) as object,
  },
  { name: "trees with parents", make: (i) => new TreeNode(85 * i, 3) },
  { name: "rings", make: ring },
  {
    name: "cycles to themselves",
    make: (i) => {
      const self: Record<string, unknown> = { id: uuid(i), children: [] };
      self["self"] = self;
      (self["children"] as unknown[]).push({ parent: self, text: words(i, 40) });
      return self;
    },
  },
  {
    name: "shared objects, shareAccounting",
    options: { shareAccounting: true },
    make: (i) => ({ id: i, name: words(i, 100), tenant: tenantOf(i) }),
  },
  {
    name: "shared objects",
    make: (i) => ({ id: i, name: words(i, 100), tenant: tenantOf(i) }),
  },
  { name: "Dates", make: (i) => new Date(1.6e12 + i) },
  {
    name: "records with Dates",
    make: (i) => ({ from: new Date(1.6e12 + i), to: new Date(1.7e12 + i), by: email(i) }),
  },
  { name: "bigints", make: (i) => times(20, (j) => 2n ** 70n + BigInt(20 * i + j)) },
  { name: "private fields", isOpaque: true, make: (i) => new Entity(i) },
  {
    name: "pages with private fields",
    isOpaque: true,
    make: (i) => times(10, (j) => new Entity(10 * i + j)),
  },
  {
    name: "own getters",
    isOpaque: true,
    make: (i) => {
      const text = words(i, 60);
      return {
        id: i,
        get text() {
          return text;
        },
      };
    },
  },
  { name: "errors", isOpaque: true, make: (i) => new RangeError(`Cannot read ${uuid(i)}`) },
];
