const context = document.createElement("canvas").getContext("2d")!;

/** The width of a text in pixels. */
export function textWidth(text: string, font: string): number {
  context.font = font;
  return context.measureText(text).width;
}

/** The text, or as much of it as fits, with an ellipsis. */
export function fitText(text: string, font: string, most: number): string {
  if (textWidth(text, font) <= most) return text;
  const chars = [...text];
  let low = 0;
  let high = chars.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(`${chars.slice(0, middle).join("")}…`, font) <= most) low = middle;
    else high = middle - 1;
  }
  return `${chars.slice(0, low).join("")}…`;
}
