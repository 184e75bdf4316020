import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { PACKAGE_FOLDER } from "../package-folder.ts";
import { createRandom, scramble, shuffle } from "./random.ts";

/** String keys of one kind of program, by number. */
export interface KeySet {
  readonly name: string;
  /** Whether the set is part of a run without `--full`. */
  readonly isQuick: boolean;
  /** Whether the keys are from a list, which is finite. */
  readonly isListed: boolean;
  /**
   * The keys by number, with at least `least` different keys.
   * @throws {RangeError} if there are fewer.
   */
  create(least: number): Maker;
}

type Maker = (id: number) => string;

const FOLDER = new URL("workloads/key-sets/", PACKAGE_FOLDER);

/** Lines of a file, in a random order. */
function linesOf(file: string): string[] {
  const text = gunzipSync(readFileSync(new URL(file, FOLDER))).toString();
  return shuffle(text.trimEnd().split("\n"), createRandom(1));
}

/** The files of the packages that this repository has installed, as a server would see them. */
function installedPaths(): string[] {
  const root = new URL("../node_modules/", PACKAGE_FOLDER);
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  return shuffle(
    paths.map((path) => `/srv/app/node_modules/${path}`),
    createRandom(1),
  );
}

const hex = (id: number): string => scramble(id).toString(16).padStart(8, "0");

/** Chooses one of some texts by a number, as good as random. */
function pick(texts: readonly string[], id: number): string {
  return texts[scramble(id) % texts.length]!;
}

const FIRST_NAMES = "anna ben carla david emma felix greta hugo ines jonas klara leon".split(" ");
const LAST_NAMES = "meyer smith garcia tanaka novak rossi dubois larsen silva ivanov".split(" ");
const HOSTS = "gmail.com outlook.com example.org company.co.uk".split(" ");
const WORDS = "red green blue large small round flat warm cold bright dark light".split(" ");
const TABLES = ["users", "orders", "items", "events"];
const COLUMNS = ["id", "owner_id", "parent_id"];

const profile: Maker = (id) => `user:${7919 * id}:profile`;
const request: Maker = (id) => JSON.stringify({ id, page: 1, size: 20, sort: "name", dir: "asc" });
const query: Maker = (id) => `https://example.com/api/v1/items/${id}?include=author&fields=name`;
const digest: Maker = (id) => [id, id ^ 1, id ^ 2, id ^ 3, id ^ 4].map(hex).join("");
const mixed: readonly Maker[] = [profile, request, query, digest];

function generated(name: string, isQuick: boolean, make: Maker): KeySet {
  return { name, isQuick, isListed: false, create: () => make };
}

function listed(name: string, list: () => string[]): KeySet {
  return {
    name,
    isQuick: true,
    isListed: true,
    create: (least) => {
      const keys = list();
      if (keys.length >= least) return (id) => keys[id % keys.length]!;
      throw new RangeError(`Cannot make keys: ${keys.length} ${name}, expected ${least} or more`);
    },
  };
}

/**
 * Keys of programs. The place and the number of the differing characters decide how quickly an
 * index that hashes parts of keys finds them. The quick sets are the keys that programs cache most
 * (pages, files, rows, calls, locks), and a mixture, which is the hardest for such an index. If you
 * find a set that is slower than all of these, add it here.
 */
export const KEY_SETS: readonly KeySet[] = [
  listed("package names", () => linesOf("package-names.txt.gz")),
  listed("documentation URLs", () => linesOf("urls.txt.gz")),
  listed("file paths", installedPaths),
  generated("user:123:profile", true, profile),
  generated("arguments as JSON", true, request),
  generated("URL with a query", true, query),
  generated("e-mail addresses", true, (id) => {
    const name = `${pick(FIRST_NAMES, id)}.${pick(LAST_NAMES, id ^ 0x5555)}`;
    return `${name}${id}@${pick(HOSTS, id ^ 0x3333)}`;
  }),
  generated("times, ISO", true, (id) => new Date(1.7e12 + 60_000 * id).toISOString()),
  generated("UUIDs", true, (id) => {
    const digits = digest(id);
    return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20)]
      .concat(digits.slice(20, 32))
      .join("-");
  }),
  generated("SQL statements", true, (id) => {
    const where = `${pick(COLUMNS, id)} = ${id} AND status IN ('${pick(WORDS, id ^ 0x7777)}')`;
    return `SELECT * FROM ${pick(TABLES, id ^ 0x1111)} WHERE ${where} ORDER BY id LIMIT 50`;
  }),
  generated("locks", true, (id) => `lock:{tenant-${id % 37}}:resource:${hex(id)}:exclusive`),
  generated("four kinds mixed", true, (id) => mixed[id & 3]!(id)),
  generated("prefix:123", false, (id) => `user:session:${id}`),
  generated("numbers as text", false, (id) => String(id)),
  generated("hashes, 40 digits", false, digest),
  generated("image paths", false, (id) => `/assets/img/products/${id}/large.webp`),
  generated("reports by day", false, (id) => {
    const day = new Date(1.7e12 + 86_400_000 * (id % 365)).toISOString().slice(0, 10);
    return `${day}:report:${id}:daily`;
  }),
  generated("tenant orders", false, (id) => `tenant:${id % 17}:order:${id}:lines:v2`),
  generated("permissions", false, (id) => {
    const right = pick(["read", "write", "admin"], id);
    return `t${id % 211}|u${(7 * id) % 5003}|perm:${right}|doc:${id}|v3`;
  }),
  generated("GraphQL entities", false, (id) => `Product:{"id":"${id}","locale":"en-US"}`),
  generated("object storage", false, (id) => {
    const folder = `uploads/${2020 + (id % 6)}/${String((id % 12) + 1).padStart(2, "0")}`;
    return `${folder}/${hex(id)}/original-${id % 50}.jpg`;
  }),
  generated("IP addresses", false, (id) => {
    const bytes = scramble(id);
    return `10.${bytes & 255}.${(bytes >>> 8) & 255}.${(bytes >>> 16) & 255}#${bytes >>> 24}`;
  }),
  generated("base64", false, (id) => Buffer.from(`id=${id};t=${17 * id}`).toString("base64")),
  generated("cookies", false, (id) => `sid=${hex(id)}${hex(~id)}; theme=dark; lang=en; consent=1`),
  generated("Chinese", false, (id) => `商品:${id}:详情页面`),
  generated("emoji", false, (id) => {
    const signs = String.fromCodePoint(0x1f300 + (id % 512), 0x1f300 + ((id >> 9) % 512));
    return `😀${signs}${id >> 18}🎉`;
  }),
  generated("class lists", false, (id) => {
    const names = [0, 1, 2, 3, 4, 5].map((i) => pick(WORDS, (id + 1) * (2 * i + 3)));
    return `${names.join(" ")} z-${id}`;
  }),
  generated("tokens", false, (id) => {
    const claims = { sub: String(100_000 + id), name: pick(FIRST_NAMES, id), iat: 1.7e9 + 13 * id };
    const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${body}.${digest(id)}`;
  }),
  generated("pods", false, (id) => {
    const name = pick(["api", "worker", "frontend", "cron-sync"], id);
    return `${name}-${hex(id)}-${hex(~id).slice(0, 5)}.prod.svc.cluster.local`;
  }),
  generated("host names", false, (id) => {
    const site = `${pick(WORDS, id)}${pick(WORDS, ~id)}${id}`;
    return `${pick(["www", "api", "cdn"], id ^ 0x2222)}.${site}.${pick(["com", "org", "de"], id ^ 9)}`;
  }),
  generated("long, different in the middle", false, (id) => {
    const number = String(31 * id).padStart(9, "0");
    return `${"h".repeat(500)}${number}${"t".repeat(491)}`;
  }),
];

/**
 * Returns the set with a name.
 * @throws {RangeError} if there is no such set.
 */
export function keySet(name: string): KeySet {
  const found = KEY_SETS.find((set) => set.name === name);
  if (found !== undefined) return found;
  const known = KEY_SETS.map((set) => set.name).join(", ");
  throw new RangeError(`Cannot make keys: "${name}", expected one of ${known}`);
}
