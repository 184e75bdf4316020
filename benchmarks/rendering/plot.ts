import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { colourOf } from "./colours.ts";
import { escapeHtml } from "./escape-html.ts";
import { OPT } from "../hit-ratio/opt.ts";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** Font size of all text in charts, in the pixels of the chart's own width. */
const FONT_SIZE = "13px";

/**
 * Renders a chart to inline SVG. Colours are custom properties of the page, so that they follow its
 * theme.
 */
export function renderPlot(title: string, options: Plot.PlotOptions): string {
  const svg = Plot.plot({
    document: document as never,
    ...options,
    style: { fontSize: FONT_SIZE, background: "none", overflow: "visible" },
  });
  svg.setAttribute("role", "img");
  // linkedom escapes only quotes in an attribute, and no other special characters of HTML.
  svg.setAttribute("aria-label", escapeHtml(title));
  return svg.outerHTML;
}

/** A legend of names and colours. */
export function renderSwatches(
  names: readonly (readonly [name: string, colour: string])[],
): string {
  const items = names.map(([name, colour]) => {
    const dashes = name === OPT ? ' class="dashed"' : "";
    return `<li><i style="--swatch: ${colour}"${dashes}></i>${name}</li>`;
  });
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** A legend for lines or dots of several arms. */
export function renderLegend(arms: readonly string[]): string {
  return renderSwatches(arms.map((arm) => [arm, colourOf(arm)]));
}

export { Plot };
