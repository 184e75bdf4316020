/** Ten per cent for large orders. */
export function decide({ total }) {
  return { discount: total >= 100 ? total / 10 : 0 };
}
