import type { MessagePort } from "node:worker_threads";

/** The first message to a worker: the module that it has to load. */
export interface StartMessage {
  /** The port of all other messages, so that the module may use `parentPort` itself. */
  readonly port: MessagePort;
  /** The address of the module. */
  readonly url: string;
  /** Absolute path of the module. */
  readonly file: string;
  /** Whether `module.exports` is described, and not a namespace. */
  readonly isCommonJs: boolean;
}

/** Asks for a call of an exported function. */
export interface CallMessage {
  readonly id: number;
  /** The names from the exports to the function; none if `module.exports` is the function. */
  readonly path: readonly string[];
  readonly args: readonly unknown[];
}

/** The answer to a call, or to the start, whose id is 0. */
export type AnswerMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: SentError }
  /** Why the value cannot cross. */
  | { readonly id: number; readonly notCloned: string };

/** An error, or another thrown value, as it crosses the border of a thread. */
export type SentError =
  | {
      readonly isError: true;
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly code: unknown;
      readonly cause?: SentError;
    }
  | { readonly isError: false; readonly value: unknown };

/** The data that the host needs to know of an export. */
export type Description =
  | { readonly kind: "data"; readonly value: unknown }
  | { readonly kind: "function"; readonly members: Members }
  | { readonly kind: "object"; readonly isNamespace: boolean; readonly members: Members }
  /** `found` is the second part of the error of each access. */
  | { readonly kind: "refused"; readonly found: string };

/** The exports of a module or the members of an object, by name. */
export type Members = readonly (readonly [name: string, member: Description])[];
