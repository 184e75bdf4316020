import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, extname, join } from "node:path";

/** The files of a site by address: a text, or the path of a file. */
export type Site = Readonly<Record<string, { readonly text: string } | { readonly path: string }>>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--js-flags=--expose-gc",
];

/**
 * The program of Chromium or Chrome: `CHROMIUM`, or else an installed one.
 * @throws {Error} that says how to get it.
 */
export function findChromium(): string {
  const given = process.env["CHROMIUM"];
  const names = ["chromium", "chromium-browser", "google-chrome", "chrome.exe"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const usual = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
  ];
  const places = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const found = given ?? [...places, ...usual].find((path) => existsSync(path));
  if (found !== undefined && existsSync(found)) return found;
  throw new Error(
    `Cannot find Chromium: ${given === undefined ? "none is installed" : `no ${given}`}, expected ` +
      "it in PATH (Debian and Ubuntu: `apt-get install chromium`), or its path in CHROMIUM",
  );
}

/** Opens a site in a browser, and returns the data that its page sends to `/report` at the end. */
export async function visit(program: string, site: Site, timeout: number): Promise<unknown> {
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const { server, report } = serve(site);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const browser = spawn(program, [...FLAGS, `--user-data-dir=${profile}`, url], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  browser.stderr.on("data", (chunk) => (stderr = (stderr + String(chunk)).slice(-4000)));
  const ended = new Promise<void>((resolve) => browser.once("close", () => resolve()));
  try {
    return await Promise.race([
      report,
      ended.then(() => {
        throw new Error(`Cannot get a report: the browser ended\n${stderr}`);
      }),
      new Promise((_, reject) => {
        const message = `Cannot get a report: none after ${timeout} ms\n${stderr}`;
        setTimeout(() => reject(new Error(message)), timeout).unref();
      }),
    ]);
  } finally {
    browser.kill();
    server.close();
    server.closeAllConnections();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function serve(site: Site): { server: Server; report: Promise<unknown> } {
  let finish!: (report: unknown) => void;
  const report = new Promise<unknown>((resolve) => (finish = resolve));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST" && pathname === "/report") {
      finish(JSON.parse(await textOf(request)));
      response.end();
      return;
    }
    const file = site[pathname];
    const type = TYPES[extname(pathname) || ".html"];
    response.writeHead(file === undefined ? 404 : 200, { "content-type": type ?? "text/plain" });
    response.end(file && ("text" in file ? file.text : await readFile(file.path)));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  return { server, report };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  return text;
}
