import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Program, startCommand } from "./start-program.ts";
import { run } from "./run-in-process.ts";

/** A program whose sessions stay in a map: 100 more at a time. */
const LEAKING = `
class Session { constructor(id) { this.user = { id }; } }
const sessions = new Map();
let made = 0;
const work = () => { for (let i = 0; i < 100; i++) sessions.set(++made, new Session(made)); };
work();
setInterval(work, 20);
console.log("ready");
`;

let folder = "";
const programs: Program[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leaks-"));
  writeFileSync(join(folder, "leaking.cjs"), LEAKING);
});
afterAll(() => {
  for (const { child } of programs) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Starts the leaking program. */
async function startLeaking(...flags: readonly string[]): Promise<Program> {
  const program = new Program([...flags, join(folder, "leaking.cjs")]);
  programs.push(program);
  await program.until(/ready/);
  return program;
}

function watch(...args: readonly string[]): Program {
  const program = startCommand("watch", ...args);
  programs.push(program);
  return program;
}

/** Whether an inspector is at an address such as `127.0.0.1:9229`. */
function isOpen(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(`http://${host}/json/version`, (response) => {
      response.resume();
      resolve(true);
    }).on("error", () => resolve(false));
  });
}

test("a class that grows is reported, with who keeps it", async () => {
  const leaking = await startLeaking("--inspect=127.0.0.1:0");
  const [, url] = await leaking.until(/listening on (ws:\S+)/);
  const out = join(folder, "stored");
  const args = ["--url", url!, "--every", "0.1", "--snapshots", "3", "--yes", "--out", out];
  const program = watch(...args, "--fail-on-growth");
  expect([await program.ended(), program.out.match(/^Snapshot \d/gm)]).toEqual([
    1,
    ["Snapshot 1", "Snapshot 2", "Snapshot 3"],
  ]);
  expect(program.out).toMatch(/^ *[\d,]+ +\+[\d,]+ +\+[\d.]+ \w+ {2}Session$/m);
  expect(program.out).toMatch(/^Session is kept by \(\w+\)\n[^]*variable `sessions`/m);
  expect(program.err).toMatch(/^Process \d+ \(Node [\d.]+, .*leaking\.cjs\) has a heap of/);
  expect(program.err).toMatch(/^Each snapshot stops it for about/m);
  // Not opened by us, and left as it was.
  expect(await isOpen(new URL(url!).host)).toBe(true);
  const files = readdirSync(out).sort();
  expect(files.map((name) => name.replace(/\d{2,}/, "N"))).toEqual(
    [1, 2, 3].map((i) => `heap-N-${i}.heapsnapshot`),
  );
  const stored = files.map((name) => join(out, name));
  const left = await run(["diff", ...stored, "--filter", "Session", "--json"]);
  const { types } = JSON.parse(left.out) as { types: { type: string; count: number }[] };
  expect(types[0]).toMatchObject({ type: "Session" });
  expect(types[0]!.count % 100).toBe(0);
});

test("as JSON, each snapshot is a line, and the holders are the last one", async () => {
  const leaking = await startLeaking("--inspect=127.0.0.1:0");
  const [, host] = await leaking.until(/listening on ws:\/\/([^/]+)/);
  const args = ["--url", host!, "--every=0.1", "--snapshots=2", "--yes", "--json"];
  const program = watch(...args);
  expect(await program.ended()).toBe(0);
  const lines = program.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatchObject({ snapshot: 1, pid: leaking.child.pid, seconds: 0, types: [] });
  const { types } = lines[1] as { types: { type: string; counts: number[]; slope: number }[] };
  const { counts, slope } = types.find(({ type }) => type === "Session")!;
  expect(counts[1]! - counts[0]!).toBe(slope);
  expect(slope % 100).toBe(0);
  const { holders } = lines[2] as { holders: { type: string; steps: object[] }[] };
  expect(holders.find(({ type }) => type === "Session")!.steps.length).toBeGreaterThan(1);
});

// The port of an inspector that SIGUSR1 opens is read from /proc.
if (process.platform === "linux")
  describe("by the id of a process", () => {
    test("its inspector is opened, and closed again at Ctrl-C", async () => {
      const leaking = await startLeaking("--inspect-port=127.0.0.1:0");
      expect(leaking.err).toBe("");
      const program = watch("--pid", String(leaking.child.pid), "--every", "60", "--yes");
      await program.until(/^Snapshot 1/m);
      const [, host] = await leaking.until(/listening on ws:\/\/([^/]+)/);
      expect(await isOpen(host!)).toBe(true);
      program.child.kill("SIGINT");
      expect(await program.ended()).toBe(0);
      expect(await isOpen(host!)).toBe(false);
      expect(leaking.child.exitCode).toBe(null);
    });

    test("if the reader of its output goes away, it closes the inspector too", async () => {
      const leaking = await startLeaking("--inspect-port=127.0.0.1:0");
      const program = watch("--pid", String(leaking.child.pid), "--every", "0.1", "--yes");
      program.child.stdout!.once("data", () => program.child.stdout!.destroy());
      expect(await program.ended()).toBe(0);
      const [, host] = await leaking.until(/listening on ws:\/\/([^/]+)/);
      expect(await isOpen(host!)).toBe(false);
    });

    test("no one is asked without a terminal: nothing is taken, and the inspector is closed", async () => {
      const leaking = await startLeaking("--inspect-port=127.0.0.1:0");
      const { code, out, err } = await run(["watch", "--pid", String(leaking.child.pid)]);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^heapwise-leaks: Cannot watch process \d+: .* expected --yes$/m);
      const [, host] = await leaking.until(/listening on ws:\/\/([^/]+)/);
      expect(await isOpen(host!)).toBe(false);
    });

    test("an inspector that is open already is used, and stays open", async () => {
      const leaking = await startLeaking("--inspect=127.0.0.1:0");
      const [, host] = await leaking.until(/listening on ws:\/\/([^/]+)/);
      expect(await run(["watch", "--pid", String(leaking.child.pid)])).toMatchObject({ code: 2 });
      expect(leaking.err.match(/listening on/g)).toHaveLength(1);
      expect(await isOpen(host!)).toBe(true);
    });

    test("a program that is not Node gets no signal, which would end it", async () => {
      const sleeping = spawn("sleep", ["600"]);
      const { err } = await run(["watch", "--pid", String(sleeping.pid), "--yes"]);
      expect(err).toMatch(/^heapwise-leaks: Cannot watch process \d+: its program is not node/);
      expect([sleeping.exitCode, sleeping.signalCode]).toEqual([null, null]);
      sleeping.kill();
    });
  });

test("if a process ends during a watch, what was seen is printed, and then the error", async () => {
  const leaking = await startLeaking("--inspect=127.0.0.1:0");
  const [, url] = await leaking.until(/listening on (ws:\S+)/);
  const program = watch("--url", url!, "--every", "0.1", "--yes");
  await program.until(/^Snapshot 2/m);
  leaking.child.kill("SIGKILL");
  expect(await program.ended()).toBe(2);
  expect(program.out).toMatch(/^Session is kept by/m);
  expect(program.err).toMatch(/^heapwise-leaks: Cannot go on with the process: it ended/m);
});

test("a process that does not exist, or has no inspector, is named in the error", async () => {
  const errorOf = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await run(["watch", ...args, "--yes"]);
    expect([code, out]).toEqual([2, ""]);
    return err;
  };
  expect(await errorOf("--pid", String(process.pid))).toContain("it is this one");
  const ended = new Program(["-e", ""]);
  await ended.ended();
  const { pid } = ended.child;
  expect(await errorOf("--pid", String(pid))).toBe(
    `heapwise-leaks: Cannot watch process ${pid}: there is no such process, expected the id of a running Node process\n`,
  );
  const server = createServer((_, response) => response.end("[]"));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  for (const address of [`127.0.0.1:${port}`, `http://127.0.0.1:${port}/json`, "here"]) {
    expect(await errorOf("--url", address)).toBe(
      `heapwise-leaks: Cannot connect to ${address}: no inspector is there, expected the host:port or ws:// address at which a process listens with --inspect\n`,
    );
  }
  expect(await errorOf("--url", `ws://127.0.0.1:${port}/x`)).toContain("it answers with status");
  server.close();
});
