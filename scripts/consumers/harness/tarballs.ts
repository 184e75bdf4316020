import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { readTree } from "../../tidy/tree.ts";
import { workspacesOf } from "../../tidy/workspaces.ts";

/** Packs the published packages into a folder. Returns the path of each tarball by package. */
export function packAll(root: string, folder: string): Record<string, string> {
  const windows = process.platform === "win32";
  const tarballs: Record<string, string> = {};
  for (const { folder: source, manifest, published } of workspacesOf(readTree(root))) {
    if (!published) continue;
    const args = ["pack", join(root, source), "--json", "--pack-destination", folder];
    const listing = execFileSync(windows ? "npm.cmd" : "npm", args, {
      encoding: "utf8",
      shell: windows,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [packed] = JSON.parse(listing) as { filename: string }[];
    tarballs[manifest.name] = join(folder, packed!.filename);
  }
  return tarballs;
}
