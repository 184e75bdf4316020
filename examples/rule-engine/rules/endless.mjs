/** Never answers. */
export function decide() {
  for (;;);
}
