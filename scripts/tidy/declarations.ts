import type { Declaration, Statement } from "@oxc-project/types";
import { dirname, join } from "node:path/posix";
import { parseSync } from "rolldown/utils";
import type { Tree } from "./tree.ts";

/** A declaration that a file exports, or that an exported one extends. */
export interface Declared {
  readonly path: string;
  /** Its name in that file. */
  readonly name: string;
  readonly node: Declaration;
  /** Text of the documentation comment in front of it; empty if there is none. */
  readonly doc: string;
}

interface Source {
  readonly parsed: ReturnType<typeof parseSync>;
  readonly text: string;
}

/** Finds what the files of a tree declare and export. Files of other packages are not followed. */
export class Declarations {
  readonly #tree: Tree;
  readonly #sources = new Map<string, Source>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** The exported declarations of a file and of the files that it re-exports, by exported name. */
  exportsOf(path: string): Map<string, Declared> {
    const found = new Map<string, Declared>();
    for (const statement of this.#read(path).parsed.program.body) {
      if (statement.type === "ExportAllDeclaration") {
        const file = this.#fileOf(path, statement.source.value);
        if (file === undefined) continue;
        for (const [name, declared] of this.exportsOf(file)) found.set(name, declared);
      } else if (statement.type === "ExportNamedDeclaration") {
        for (const { local, exported } of statement.specifiers) {
          const declared = this.#exported(path, nameOf(local), statement.source?.value);
          if (declared !== undefined) found.set(nameOf(exported), declared);
        }
        if (statement.declaration === null) continue;
        for (const name of namesOf(statement.declaration)) {
          if (found.has(name)) continue;
          found.set(name, this.#declared(path, name, statement, statement.declaration));
        }
      }
    }
    return found;
  }

  /** The declaration that a name stands for inside a file; undefined if it is another package's. */
  find(path: string, name: string): Declared | undefined {
    for (const statement of this.#read(path).parsed.program.body) {
      if (statement.type === "ImportDeclaration") {
        for (const specifier of statement.specifiers) {
          if (specifier.type !== "ImportSpecifier" || specifier.local.name !== name) continue;
          return this.#exported(path, nameOf(specifier.imported), statement.source.value);
        }
        continue;
      }
      const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
      if (node !== null && namesOf(node).includes(name)) {
        return this.#declared(path, name, statement, node as Declaration);
      }
    }
    return undefined;
  }

  /** Text of the documentation comment right before a place in a file; empty if there is none. */
  docBefore(path: string, start: number): string {
    const { parsed, text } = this.#read(path);
    const comment = parsed.comments.filter(({ end }) => end <= start).at(-1);
    const isDoc = comment?.type === "Block" && comment.value.startsWith("*");
    return isDoc && text.slice(comment.end, start).trim() === "" ? comment.value : "";
  }

  #exported(path: string, name: string, specifier: string | undefined): Declared | undefined {
    if (specifier === undefined) return this.find(path, name);
    const file = this.#fileOf(path, specifier);
    return file === undefined ? undefined : this.exportsOf(file).get(name);
  }

  #declared(path: string, name: string, { start }: Statement, node: Declaration): Declared {
    return { path, name, node, doc: this.docBefore(path, start) };
  }

  #fileOf(path: string, specifier: string): string | undefined {
    const file = join(dirname(path), specifier);
    return specifier.startsWith(".") && this.#tree.paths.includes(file) ? file : undefined;
  }

  #read(path: string): Source {
    let source = this.#sources.get(path);
    if (source === undefined) {
      const text = this.#tree.read(path);
      const parsed = parseSync(path, text);
      const [error] = parsed.errors;
      if (error !== undefined) throw new Error(`Cannot parse ${path}: ${error.message}`);
      source = { parsed, text };
      this.#sources.set(path, source);
    }
    return source;
  }
}

function nameOf(name: { readonly name?: string; readonly value?: unknown }): string {
  return name.name ?? String(name.value);
}

function namesOf(node: Declaration | Statement): string[] {
  if (node.type === "VariableDeclaration") {
    return node.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  }
  return "id" in node && node.id?.type === "Identifier" ? [node.id.name] : [];
}
