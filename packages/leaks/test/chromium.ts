import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome.exe"];

/** Places of Chrome that are not in PATH. */
const USUAL = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
];

/** The program of Chromium or Chrome: `CHROMIUM`, or else an installed one. */
function findChromium(): string | undefined {
  const given = process.env["CHROMIUM"];
  if (given !== undefined) return existsSync(given) ? given : undefined;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...places, ...USUAL].find((path) => existsSync(path));
}

/**
 * Options for a suite that needs Chromium. If the machine lacks it, the suite is skipped with a
 * message on the console; if REQUIRE_SERVERS is set, as in CI, it runs and fails.
 */
export function chromiumOptions(): { skip: boolean } {
  const isRequired = (process.env["REQUIRE_SERVERS"] ?? "") !== "";
  if (isRequired || findChromium() !== undefined) return { skip: false };
  console.warn("skipped: this machine has no chromium (Debian: apt-get install chromium)");
  return { skip: true };
}

/**
 * Starts a headless Chromium. The caller closes it.
 * @throws {Error} that says how to get Chromium, if the machine lacks it.
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    const wanted =
      "expected it in PATH (Debian: apt-get install chromium), or its path in CHROMIUM";
    throw new Error(`Cannot find Chromium: none is installed, ${wanted}`);
  }
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu"],
    timeout: 120_000,
  });
}
