/** A small program: its modules write to `log`, and export their findings. */
export interface Graph {
  /** A sentence about the subject. */
  readonly name: string;
  /** The texts by path; the first one is loaded. */
  readonly files: Readonly<Record<string, string>>;
  /** Symbolic links by path, with their targets. */
  readonly links?: Readonly<Record<string, string>>;
  /** Whether the first file is loaded by `require` instead of `import`. */
  readonly isRequired?: boolean;
  /** Option of the host. */
  readonly shared?: readonly string[];
}
