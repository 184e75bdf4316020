import { nodeModule } from "../host/node-modules.ts";

/**
 * A file as people write it: without `file://`, and relative to the working directory if it is
 * inside. Other addresses stay as they are.
 */
export function printFile(url: string): string {
  const path = pathOf(url);
  if (path === undefined) return url;
  const folder = workingDirectory();
  if (folder === undefined || !path.startsWith(folder)) return path;
  return path.slice(folder.length);
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
