import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { madeFields } from "./packaging/manifest.ts";
import { readTree } from "./tidy/tree.ts";
import { workspacesOf, type Manifest } from "./tidy/workspaces.ts";

// Writes the generated fields of the published manifests: `npm run manifests`. Run it after a line
// was added to `exports` (its value does not matter), or after the address of the repository has
// changed.

const root = resolve(import.meta.dirname, "..");
const tree = readTree(root);
const rootManifest = JSON.parse(tree.read("package.json")) as Manifest;
for (const { folder, manifest, published } of workspacesOf(tree)) {
  if (!published || !folder.startsWith("packages/")) continue;
  const made = madeFields({ folder, manifest, root: rootManifest });
  const { name, version, description, keywords, ...rest } = manifest as unknown as Record<
    string,
    unknown
  >;
  const kept = Object.entries(rest).filter(([field]) => !(field in made));
  const { publishConfig, ...others } = made;
  const fields = { name, version, description, keywords, ...others };
  const whole = { ...fields, ...Object.fromEntries(kept), publishConfig };
  writeFileSync(join(root, folder, "package.json"), `${JSON.stringify(whole, null, 2)}\n`);
}
