/** Tries to end the process. */
export function decide() {
  process.exit(1);
}
