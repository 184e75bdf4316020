/** The form of a module that is loaded for measurements. */
export interface Shape {
  readonly format: "commonjs" | "module";
  /** Kilobytes of an array that the module makes. */
  readonly payloadKilobytes: number;
  /** Kilobytes of a comment, so that a source that is kept shows. */
  readonly sourceKilobytes: number;
}

/** The text of a module; different for each number, so that no cache of texts matters. */
export function moduleText(i: number, shape: Shape): string {
  const { format, payloadKilobytes, sourceKilobytes } = shape;
  const comment = `/* ${i} ${"x".repeat(sourceKilobytes * 1024)} */`;
  const elements = Math.max(1, (payloadKilobytes * 1024) / 8);
  const exported =
    format === "commonjs" ? "module.exports = { payload, get };" : "export { payload, get };";
  return `${comment}
const id = ${i};
const payload = new Array(${elements}).fill(id);
function get() { return payload[0] + id; }
${exported}
`;
}
