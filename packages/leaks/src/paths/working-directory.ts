import { nodeModule } from "../host/node-modules.ts";

/** Letters of an address that has a whole module in it. */
const MOST_LETTERS = 60;

/**
 * A file as people write it: without `file://` and without a query, which loaders make up, and
 * relative to the working directory if it is inside. Other addresses stay as they are, but those
 * with data are cut.
 */
export function printFile(url: string): string {
  if (url.startsWith("data:")) return printData(url);
  const path = pathOf(url)?.replace(/\?.*$/s, "");
  if (path === undefined) return url;
  const folder = workingDirectory();
  if (folder === undefined || !path.startsWith(folder)) return path;
  return path.slice(folder.length);
}

function printData(url: string): string {
  // tsx loads modules of CommonJS this way, and tells them their file.
  const file = /^data:text\/javascript,__filename%3D%22(.+?)%22/.exec(url)?.[1];
  if (file !== undefined) return printFile(decodeURIComponent(file));
  return url.length <= MOST_LETTERS ? url : `${url.slice(0, MOST_LETTERS - 1)}…`;
}

/** The path of a file, or undefined if the address is not one of a file of this host. */
export function pathOf(url: string): string | undefined {
  if (!url.startsWith("file:")) return isPath(url) ? url : undefined;
  try {
    const path = nodeModule("node:url")?.fileURLToPath(url);
    return path ?? decodeURIComponent(new URL(url).pathname);
  } catch {
    return undefined;
  }
}

function isPath(text: string): boolean {
  return text.startsWith("/") || /^[A-Za-z]:[\\/]/.test(text);
}

/** The working directory with a separator at its end. */
function workingDirectory(): string | undefined {
  try {
    const folder = nodeModule("node:process")?.cwd();
    if (folder === undefined) return undefined;
    const separator = nodeModule("node:path")?.sep ?? "/";
    return folder.endsWith(separator) ? folder : folder + separator;
  } catch {
    // The folder may have been removed.
    return undefined;
  }
}
