import type { Class, TSInterfaceDeclaration, TSTypeAliasDeclaration } from "@oxc-project/types";
import { join } from "node:path/posix";
import { Declarations, type Declared } from "./declarations.ts";
import type { Finding, Rule } from "./tree.ts";
import { workspacesOf } from "./workspaces.ts";

/** Entries for sibling packages: only the exports themselves need comments. */
const internalEntries: readonly string[] = ["packages/lru/src/slots.ts"];
const runnableExample = /@example\b.*?```ts\n/s;

/** A public member of a class or an interface. */
interface Member {
  readonly name: string;
  readonly start: number;
}

/**
 * The API documents itself: each thing that an entry of a published package exports has a
 * documentation comment, and so has each public member of it and of what it extends. A class and a
 * function have an example, which `npm run snippets` runs; classes of errors have theirs on
 * `docs/errors.md`.
 */
export const keepPublicDocs: Rule = (tree) => {
  const declarations = new Declarations(tree);
  const findings = new Map<string, Finding>();
  for (const { folder, manifest, published } of workspacesOf(tree)) {
    if (!published) continue;
    for (const conditions of Object.values(manifest.exports ?? {})) {
      if (typeof conditions === "string") continue;
      const entry = join(folder, conditions["@heapwise/source"]);
      if (!tree.paths.includes(entry)) continue;
      const isPublic = !internalEntries.includes(entry);
      for (const declared of declarations.exportsOf(entry).values()) {
        for (const message of gapsOf(declarations, declared, isPublic)) {
          findings.set(declared.path + message, { path: declared.path, message });
        }
      }
    }
  }
  return [...findings.values()];
};

function gapsOf(declarations: Declarations, declared: Declared, isPublic: boolean): string[] {
  const { doc, name } = declared;
  const gaps: string[] = [];
  if (doc === "") gaps.push(`${name} has no documentation comment`);
  else if (isPublic && hasBehaviour(declared) && !runnableExample.test(doc)) {
    gaps.push(`${name} has no @example with a block fenced as ts`);
  }
  if (!isPublic) return gaps;
  // A comment of a subclass stands for the inherited member too.
  const documented = new Set<string>();
  const parents: Declared[] = [];
  for (let each: Declared | undefined = declared; each !== undefined;) {
    parents.push(each);
    for (const member of membersOf(each)) {
      if (declarations.docBefore(each.path, member.start) !== "") documented.add(member.name);
    }
    const parent: string | undefined = parentOf(each);
    each = parent === undefined ? undefined : declarations.find(each.path, parent);
  }
  for (const member of new Set(parents.flatMap(membersOf).map((each) => each.name))) {
    if (!documented.has(member)) gaps.push(`${name}.${member} has no documentation comment`);
  }
  return gaps;
}

/**
 * Whether users call it or make instances of it: a function, or a class that is not one of errors.
 */
function hasBehaviour({ node }: Declared): boolean {
  if (node.type === "FunctionDeclaration" || node.type === "TSDeclareFunction") return true;
  return node.type === "ClassDeclaration" && !isError(node);
}

function isError(node: Class): boolean {
  return parentName(node)?.endsWith("Error") ?? false;
}

function parentOf({ node }: Declared): string | undefined {
  if (node.type === "ClassDeclaration") return parentName(node);
  if (node.type !== "TSInterfaceDeclaration") return undefined;
  const expression = node.extends?.[0]?.expression;
  return expression?.type === "Identifier" ? expression.name : undefined;
}

function parentName({ superClass }: Class): string | undefined {
  return superClass?.type === "Identifier" ? superClass.name : undefined;
}

function membersOf({ node }: Declared): Member[] {
  if (node.type === "ClassDeclaration") return classMembers(node);
  if (node.type === "TSInterfaceDeclaration") return signatures(node.body.body);
  if (node.type === "TSTypeAliasDeclaration") return aliasMembers(node);
  return [];
}

/**
 * Without members that inherit their comment by `override`, the code and the constructor of an
 * error, and `Symbol.toStringTag`.
 */
function classMembers(node: Class): Member[] {
  const members: Member[] = [];
  for (const member of node.body.body) {
    if (member.type === "StaticBlock" || member.type === "TSIndexSignature") continue;
    const isPublic = (member.accessibility ?? "public") === "public";
    if (!isPublic || member.key.type === "PrivateIdentifier" || member.override) continue;
    const name = keyName(member.key);
    if (name === "Symbol.toStringTag") continue;
    if (isError(node) && (name === "code" || name === "constructor")) continue;
    const hasArguments = member.type !== "MethodDefinition" || member.value.params.length > 0;
    if (name === "constructor" && !hasArguments) continue;
    members.push({ name, start: member.start });
  }
  return members;
}

function aliasMembers({ typeAnnotation }: TSTypeAliasDeclaration): Member[] {
  const { type } = typeAnnotation;
  const parts =
    type === "TSUnionType" || type === "TSIntersectionType"
      ? typeAnnotation.types
      : [typeAnnotation];
  return parts.flatMap((part) => (part.type === "TSTypeLiteral" ? signatures(part.members) : []));
}

function signatures(members: TSInterfaceDeclaration["body"]["body"]): Member[] {
  return members.flatMap((member) => {
    if (member.type === "TSPropertySignature" || member.type === "TSMethodSignature") {
      return [{ name: keyName(member.key), start: member.start }];
    }
    return [];
  });
}

function keyName(key: object): string {
  const { name, value, object, property } = key as Readonly<Record<string, object | undefined>>;
  if (typeof name === "string") return name;
  if (object !== undefined && property !== undefined) {
    return `${keyName(object)}.${keyName(property)}`;
  }
  return String(value);
}
