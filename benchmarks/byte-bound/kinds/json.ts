import {
  email,
  parsed,
  scatter,
  timestamp,
  times,
  url,
  uuid,
  wideWords,
  words,
} from "./contents.ts";
import type { Kind } from "./kind.ts";

const user = (i: number): object => ({
  id: `user-${i}`,
  name: `Ada Lovelace ${i}`,
  email: `ada${i}@example.com`,
  age: 36 + (i % 40),
  score: i + 0.25,
  isActive: i % 2 === 0,
  roles: ["reader", `editor of ${i}`],
  address: {
    street: `${i} Main Street`,
    city: "London",
    geo: { lat: 51.5 + i / 1e6, lng: -i / 1e6 },
  },
});

const logLine = (i: number): object => ({
  time: timestamp(i),
  level: i % 10 === 0 ? "warning" : "information",
  service: "checkout-service-production",
  message: words(i, 50 + (i % 40)),
  durationMs: (scatter(i) % 1e5) / 100,
  requestId: uuid(i),
  status: 200,
});

const polygon = (i: number): object => ({
  type: "Feature",
  properties: { name: words(i, 18), population: scatter(i) % 1e6, area: i / 7 },
  geometry: {
    type: "Polygon",
    coordinates: [times(24, (j) => [-0.12 + (i + j) / 1e4, 51.5 - (i * j) / 1e5])],
  },
});

const release = (i: number, version: string): object => ({
  name: `package-${i}`,
  version,
  description: words(i, 70),
  main: "index.js",
  dist: {
    shasum: words(i, 40),
    tarball: `https://registry.example.org/package-${i}/-/package-${i}-${version}.tgz`,
    fileCount: 12,
    unpackedSize: scatter(i) % 1e6,
  },
  dependencies: Object.fromEntries(times(6, (j) => [`dependency-${j}`, `^${j}.${i % 9}.0`])),
  engines: { node: ">=20" },
});

function branch(i: number, depth: number): object {
  const children = depth > 0 ? times(3, (j) => branch(3 * i + j, depth - 1)) : [];
  return { id: i, label: words(i, 15), isOpen: depth > 1, children };
}

function chain(i: number, depth: number): object | null {
  return depth === 0 ? null : { value: i, title: words(i, 20), next: chain(i + 1, depth - 1) };
}

const cell = (i: number, column: number): unknown =>
  [i, i / 3, words(i, 16), true, null, `${i % 100}`][column % 6];

const notFound = words(7, 200_000);

/** Values that a program gets from an API, a file, a queue or a database as JSON. */
export const JSON_KINDS: readonly Kind[] = [
  { name: "API record", isCompared: true, make: (i) => parsed(user(i)) },
  {
    name: "API list",
    isCompared: true,
    make: (i) => parsed({ page: i, users: times(20, (j) => user(20 * i + j)) }),
  },
  {
    name: "JSON: GeoJSON",
    make: (i) =>
      parsed({ type: "FeatureCollection", features: times(5, (j) => polygon(5 * i + j)) }),
  },
  {
    name: "JSON: npm metadata",
    make: (i) =>
      parsed({
        name: `package-${i}`,
        "dist-tags": { latest: "0.19.0" },
        versions: Object.fromEntries(times(20, (j) => [`0.${j}.0`, release(i, `0.${j}.0`)])),
        time: Object.fromEntries(times(20, (j) => [`0.${j}.0`, timestamp(20 * i + j)])),
      }),
  },
  {
    name: "JSON: log lines",
    make: (i) =>
      times(30, (j) => JSON.stringify(logLine(30 * i + j)))
        .join("\n")
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
  },
  { name: "JSON: tree", make: (i) => parsed(branch(121 * i, 4)) },
  { name: "JSON: 60 levels deep", make: (i) => parsed(chain(60 * i, 60)) },
  {
    name: "JSON: array of integers",
    make: (i) => parsed(times(2_000, (j) => scatter(i + j) >>> 4)),
  },
  {
    name: "JSON: array of fractions",
    make: (i) => parsed(times(2_000, (j) => (i + j) / 7)),
  },
  {
    name: "JSON: matrix",
    make: (i) => parsed(times(30, (j) => times(30, (k) => (i + j * k) / 3))),
  },
  {
    name: "JSON: dates as texts",
    make: (i) =>
      parsed(times(40, (j) => ({ from: timestamp(40 * i + j), to: timestamp(40 * i + j + 1) }))),
  },
  {
    name: "JSON: table of mixed cells",
    make: (i) => parsed(times(40, (j) => times(12, (k) => cell(40 * i + j + k, k)))),
  },
  {
    name: "JSON: flags and nulls",
    make: (i) =>
      parsed(
        times(30, (j) => ({ id: 30 * i + j, a: true, b: null, c: false, d: 0, e: "", f: null })),
      ),
  },
  {
    name: "JSON: chat",
    make: (i) =>
      parsed({
        id: uuid(i),
        messages: times(8, (j) => ({
          role: j % 2 === 0 ? "user" : "assistant",
          content: `${words(8 * i + j, 300 + 50 * j)}${j % 4 === 3 ? " \u{1F680}" : ""}`,
        })),
      }),
  },
  {
    name: "JSON: GraphQL answer",
    make: (i) =>
      parsed({
        data: {
          repository: {
            __typename: "Repository",
            issues: {
              totalCount: 10,
              edges: times(10, (j) => ({
                cursor: words(10 * i + j, 20),
                node: {
                  __typename: "Issue",
                  number: j,
                  title: words(i + j, 60),
                  author: { __typename: "User", login: `octocat${i}${j}`, avatarUrl: url(i + j) },
                },
              })),
            },
          },
        },
      }),
  },
  {
    name: "JSON: translations",
    make: (i) =>
      parsed({
        locale: `x${i}`,
        menu: Object.fromEntries(times(15, (j) => [`entry${j}`, words(15 * i + j, 25)])),
        errors: Object.fromEntries(times(40, (j) => [`code${j}`, words(40 * i + j, 60)])),
      }),
  },
  {
    name: "JSON: translations, two bytes",
    make: (i) =>
      parsed({
        locale: `x${i}`,
        errors: Object.fromEntries(times(40, (j) => [`code${j}`, wideWords(40 * i + j, 30)])),
      }),
  },
  {
    name: "JSON: one text of 60 characters 200 times",
    make: (i) => parsed(times(200, () => words(i, 60))),
  },
  {
    name: "JSON: repeated bodies of 200 KB",
    make: (i) => parsed({ status: 404, id: i, body: notFound }),
  },
  {
    name: "JSON: records with the same long texts",
    make: (i) =>
      parsed(
        times(20, (j) => ({
          id: 20 * i + j,
          type: "application/vnd.example.order+json",
          currency: "European currency unit",
          owner: email(j % 3),
          note: "Delivered to the neighbours on the second floor",
        })),
      ),
  },
  {
    name: "JSON: web hook",
    make: (i) =>
      parsed({
        event: "invoice.paid",
        created: timestamp(i),
        data: { object: { id: uuid(i), amount: i * 100, lines: times(3, (j) => user(i + j)) } },
        request: { id: null, key: uuid(i + 1) },
      }),
  },
];
