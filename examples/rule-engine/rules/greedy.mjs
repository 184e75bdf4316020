/** Allocates without end. */
export function decide() {
  const all = [];
  for (;;) all.push({ text: [all.length] });
}
