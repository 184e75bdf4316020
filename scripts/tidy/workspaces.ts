import type { EntryConditions } from "../packaging/entries.ts";
import type { Tree } from "./tree.ts";

/** The fields of a package.json that the rules read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  /** The address of the repository, in the manifest of the root. */
  readonly repository?: string;
  readonly sideEffects?: boolean | readonly string[];
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  /** The commands of the package: the paths of their built files, by name. */
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | EntryConditions>>;
  readonly publishConfig?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** One workspace: a folder with a package.json, below `packages/` or at the top. */
export interface Workspace {
  /** Folder from the root, without a slash at the end; empty for the root itself. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Whether users install it. */
  readonly published: boolean;
  /** TypeScript files of the workspace. */
  readonly sources: readonly string[];
}

/** The workspaces of the tree, and the root as the last. */
export function workspacesOf(tree: Tree): Workspace[] {
  const folders = tree.paths
    .filter((path) => /^(?:packages\/[^/]+|[^/]+)\/package\.json$/.test(path))
    .map((path) => path.slice(0, -"/package.json".length));
  return [...folders, ""].map((folder) => {
    const manifest = JSON.parse(
      tree.read(folder === "" ? "package.json" : `${folder}/package.json`),
    ) as Manifest;
    const sources = tree.paths.filter(
      (path) =>
        /\.m?ts$/.test(path) &&
        (folder === "" ? !folders.some((other) => within(path, other)) : within(path, folder)),
    );
    return { folder, manifest, published: manifest.private !== true, sources };
  });
}

function within(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** Whether the file takes part in tests only. */
export function isTest(path: string): boolean {
  return /(?:^|\/)test\/|\.test\.ts$/.test(path);
}
