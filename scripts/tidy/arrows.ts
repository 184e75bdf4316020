import { dirname, join } from "node:path/posix";
import { importsOf, packageOf } from "./source-text.ts";
import type { Finding, Rule, Tree } from "./tree.ts";
import { isTest, workspacesOf, type Manifest, type Workspace } from "./workspaces.ts";

/**
 * Which packages a published package may use. An arrow is added here in the commit that needs it,
 * together with `docs/architecture.md`.
 */
const arrows: Readonly<Record<string, readonly string[]>> = {
  "@heapwise/leaks": [],
  "@heapwise/lru": ["@heapwise/sizeof"],
  "@heapwise/modules": ["@heapwise/leaks"],
  "@heapwise/pool": [],
  "@heapwise/sizeof": [],
  "@heapwise/weak": ["@heapwise/lru", "@heapwise/sizeof"],
};

/**
 * Files that may import Node's own modules, and the entry for Node that alone may import them; all
 * other code runs in browsers, Deno, Bun and workers too. A file without such an entry imports no
 * more than types, and any file may import it.
 */
const nodeFiles: Readonly<Record<string, string | undefined>> = {
  "packages/leaks/src/host/node-modules.ts": undefined,
  "packages/lru/src/loading/detect-load-cycles.ts": "packages/lru/src/load-cycles.ts",
  "packages/lru/src/observation/publish-diagnostics.ts": "packages/lru/src/diagnostics.ts",
  "packages/pool/src/async-loan-scopes.ts": "packages/pool/src/node.ts",
};

/** Packages that run in Node alone, so that each of their files may import its modules. */
const nodePackages: readonly string[] = ["@heapwise/modules"];

/** Rooms of commands, which run in Node alone, and the file of the command that starts them. */
const nodeRooms: Readonly<Record<string, string>> = {
  "packages/leaks/src/command/": "packages/leaks/src/cli.ts",
};

/**
 * Tools that a package uses if they are there: the name of an optional peer, and the file that may
 * import it.
 */
const peers: Readonly<Record<string, string>> = {
  vite: "packages/modules/src/source/vite-transform.ts",
  vitest: "packages/leaks/src/matchers/in-vitest.ts",
};

/**
 * Folders of packages whose code is not published as code: a script bundles it, with what it
 * imports, into a text that the package puts into a page. It may import development dependencies.
 */
const pageFolders = ["packages/leaks/page/", "packages/modules/worker/"];

const scope = "@heapwise/";
const testkit = "@heapwise/testkit";
/** Packages that the tests of all published packages may use. */
const forTests: readonly string[] = [testkit, "@heapwise/leaks"];

/**
 * Packages use each other only along the arrows, and only through their exports. A published
 * package runs without third-party code; the testkit imports no sibling; tests may use the testkit
 * and the assertions of leaks.
 */
export const keepArrows: Rule = (tree) =>
  workspacesOf(tree).flatMap((workspace) => [
    ...manifestFindings(workspace),
    ...workspace.sources.flatMap((path) => importFindings(tree, workspace, path)),
  ]);

function manifestFindings({ folder, manifest, published }: Workspace): Finding[] {
  const path = join(folder, "package.json");
  const findings: Finding[] = [];
  const runtime = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  };
  for (const name of Object.keys(runtime)) {
    if (!published) {
      if (manifest.name === testkit && name.startsWith(scope)) {
        findings.push({ path, message: `testkit depends on ${name}, expected no sibling` });
      }
    } else if (!name.startsWith(scope) && !isOptionalPeer(manifest, name, folder)) {
      findings.push({ path, message: `third-party runtime dependency ${name}, expected none` });
    } else if (name.startsWith(scope) && !allowed(manifest.name).includes(name)) {
      findings.push({ path, message: `no arrow from ${manifest.name} to ${name}` });
    }
  }
  for (const [name, range] of Object.entries({ ...runtime, ...manifest.devDependencies })) {
    // A peer is a range: the version is the user's choice.
    if (isOptionalPeer(manifest, name, folder)) continue;
    if (!name.startsWith(scope) && !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range)) {
      findings.push({ path, message: `${name} has the range ${range}, expected an exact version` });
    }
  }
  return findings;
}

function importFindings(tree: Tree, workspace: Workspace, path: string): Finding[] {
  const { folder, manifest, published } = workspace;
  const findings: Finding[] = [];
  const report = (message: string): void => void findings.push({ path, message });
  for (const specifier of importsOf(tree.read(path))) {
    const target = packageOf(specifier);
    if (specifier.startsWith(".")) {
      const file = join(dirname(path), specifier);
      if (isOfPage(file) && !isOfPage(path) && !isTest(path)) {
        report(`imports ${specifier}, which is only for a page`);
      }
      if (folder !== "" && !file.startsWith(`${folder}/`)) {
        report(`imports ${specifier} from another workspace, expected its package name`);
      }
      const entry = nodeFiles[file];
      const room = roomOf(file);
      const starter = room === undefined || path.startsWith(room) ? entry : nodeRooms[room];
      if (starter !== undefined && path !== starter && !isTest(path)) {
        report(`imports ${specifier}, which needs Node, expected only ${starter} to do so`);
      }
    } else if (manifest.name === testkit) {
      if (target.startsWith(scope) && target !== testkit) {
        report(`testkit imports ${target}, expected no sibling`);
      }
    } else if (target === testkit && published && !isTest(path)) {
      report(`production code imports ${testkit}`);
    } else if (published && !isTest(path)) {
      const isBundled = isOfPage(path) && target in (manifest.devDependencies ?? {});
      const isNode = target.startsWith("node:") && nodePackages.includes(manifest.name);
      const isAllowed = isNode || isNodeModule(path, target) || peers[target] === path || isBundled;
      if (!isOwnOrAllowed(manifest.name, target) && !isAllowed) {
        report(`imports ${specifier}, expected a file of its own or a package along an arrow`);
      }
    } else if (published && target.startsWith(scope) && !forTests.includes(target)) {
      if (!isOwnOrAllowed(manifest.name, target)) report(`no arrow to ${target}`);
    }
  }
  return findings;
}

function isOptionalPeer(manifest: Manifest, name: string, folder: string): boolean {
  const isOptional = manifest.peerDependenciesMeta?.[name]?.optional === true;
  return isOptional && peers[name]?.startsWith(`${folder}/`) === true;
}

function allowed(name: string): readonly string[] {
  return arrows[name] ?? [];
}

function isOwnOrAllowed(name: string, target: string): boolean {
  return target === name || allowed(name).includes(target);
}

function isNodeModule(path: string, target: string): boolean {
  return target.startsWith("node:") && (path in nodeFiles || roomOf(path) !== undefined);
}

function isOfPage(path: string): boolean {
  return pageFolders.some((each) => path.startsWith(each));
}

/** The room of a command that a file belongs to. */
function roomOf(path: string): string | undefined {
  return Object.keys(nodeRooms).find((room) => path.startsWith(room));
}
