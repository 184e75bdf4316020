import { get } from "node:http";
import { mistake } from "../mistake.ts";
import { InspectorSession } from "./inspector-session.ts";
import { ProcessFacts } from "./process-facts.ts";

/** Ports at which an inspector is looked for if the system does not tell those of a process. */
const USUAL_PORTS: readonly number[] = Array.from({ length: 10 }, (_, i) => 9229 + i);
/** Milliseconds in which a process has to open its inspector. */
const PATIENCE = 10_000;
const POLL = 50;

/** A session with a process, and whether its inspector was closed before. */
export interface Found {
  readonly session: InspectorSession;
  readonly isOpenedByUs: boolean;
}

/**
 * Connects to the inspector of a process, which is opened if it is not open: Node does that on
 * SIGUSR1, and on Windows by other means.
 * @throws {Error} if there is no such process, if it belongs to another user, if it does not
 * run Node, or if its inspector cannot open.
 */
export async function findInspector(pid: number, signal: AbortSignal): Promise<Found> {
  checkProcess(pid);
  const facts = new ProcessFacts(pid);
  const port = facts.inspectorPort();
  const before = facts.listeningPorts();
  const wanted = before?.filter((each) => port === 0 || each === port) ?? USUAL_PORTS;
  const open = await sessionAt(wanted, pid);
  if (open !== undefined) return { session: open, isOpenedByUs: false };
  checkNode(pid, facts);
  if (before !== undefined && port !== 0 && (await targetAt(`127.0.0.1:${port}`)) !== undefined) {
    refuse(
      pid,
      `port ${port}, at which its inspector would open, has the inspector of another process`,
      "a free port; end the other one, or start this one with --inspect-port=0",
    );
  }
  openInspector(pid);
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    checkProcess(pid);
    const now = facts.listeningPorts();
    const ports = now?.filter((each) => !before?.includes(each)) ?? [...USUAL_PORTS, port];
    const session = await sessionAt(ports, pid);
    if (session !== undefined) return { session, isOpenedByUs: true };
    if (signal.aborted || performance.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  // An inspector at a port that no flag names was opened by the program itself.
  const other = signal.aborted ? undefined : await sessionAt(before ?? [], pid);
  if (other !== undefined) return { session: other, isOpenedByUs: false };
  const found = `its inspector did not open in ${PATIENCE / 1000} seconds`;
  return refuse(pid, found, `port ${port} to be free, and no listener of its own for SIGUSR1`);
}

/**
 * Connects to an inspector by its address: `host:port`, the address of its list, or that of the
 * WebSocket which Node prints.
 * @throws {Error} if no inspector of Node is there.
 */
export async function inspectorAt(address: string): Promise<InspectorSession> {
  if (address.startsWith("ws://")) return InspectorSession.connect(address);
  const host = address.replace(/^http:\/\//, "").replace(/\/.*$/, "");
  const url = /^[^/\s]+:\d+$/.test(host) ? await targetAt(host) : undefined;
  if (url !== undefined) return InspectorSession.connect(url);
  const wanted = "the host:port or ws:// address at which a process listens with --inspect";
  throw mistake(`Cannot connect to ${address}: no inspector is there, expected ${wanted}`);
}

/**
 * Closes the inspector of a process, and waits until that has ended the session. The process closes
 * it after its answer, because `close` ends all sessions. If this side ended the session meanwhile,
 * Node 26.10 would sometimes crash.
 */
export async function closeInspector(session: InspectorSession): Promise<void> {
  const inspector = `process.getBuiltinModule?.("node:inspector") ?? require("node:inspector")`;
  await session.evaluate(`void setImmediate((inspector) => inspector.close(), ${inspector})`);
  await session.ended;
}

function checkProcess(pid: number): void {
  if (pid === process.pid) refuse(pid, "it is this one", "another one");
  try {
    process.kill(pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPERM") refuse(pid, "it belongs to another user", "a process of this user");
    refuse(pid, "there is no such process", "the id of a running Node process");
  }
}

/** Throws if the signal could do harm: it ends a program that does not expect it. */
function checkNode(pid: number, facts: ProcessFacts): void {
  if (facts.isNode() === false) {
    refuse(
      pid,
      "its program is not node",
      "Node; if it is, start it with --inspect and give --url",
    );
  }
  if (facts.handlesSignal() === false) {
    refuse(
      pid,
      "SIGUSR1 would end it",
      "a process without --disable-sigusr1; start it with --inspect, or give --url",
    );
  }
}

function openInspector(pid: number): void {
  const { _debugProcess: open } = process as unknown as { _debugProcess(pid: number): void };
  try {
    if (process.platform === "win32") open(pid);
    else process.kill(pid, "SIGUSR1");
  } catch (error) {
    refuse(pid, (error as Error).message, "a Node process whose inspector can be opened");
  }
}

/** A session with this process at one of the ports. */
async function sessionAt(
  ports: readonly number[],
  pid: number,
): Promise<InspectorSession | undefined> {
  for (const port of ports) {
    const url = await targetAt(`127.0.0.1:${port}`);
    if (url === undefined) continue;
    const session = await InspectorSession.connect(url);
    if ((await session.evaluate("process.pid")) === pid) return session;
    await session.close();
  }
  return undefined;
}

/** The address of the first target of the inspector at a host and port, if one is there. */
function targetAt(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const fail = (): void => resolve(undefined);
    const asked = get(`http://${host}/json/list`, { agent: false, timeout: 2000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        // Whatever else listens there may send anything.
        if (text.length > 1_000_000) response.destroy();
      });
      response.on("error", fail);
      response.on("close", () => resolve(addressIn(text)));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", fail);
  });
}

function addressIn(list: string): string | undefined {
  try {
    const [target] = JSON.parse(list) as { webSocketDebuggerUrl?: string }[];
    return target?.webSocketDebuggerUrl;
  } catch {
    return undefined;
  }
}

function refuse(pid: number, found: string, wanted: string): never {
  throw mistake(`Cannot watch process ${pid}: ${found}, expected ${wanted}`);
}
