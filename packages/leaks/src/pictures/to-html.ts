import type { PathView } from "./graph-view.ts";
import { collectPageData } from "./page-data.ts";
import { PAGE_SCRIPT, PAGE_SCRIPT_HASH, PAGE_STYLE, PAGE_STYLE_HASH } from "./page-source.ts";
import type { PageOptions } from "./picture-options.ts";

/** Nothing is loaded, and only the two texts with these hashes run. */
const POLICY = [
  "default-src 'none'",
  `script-src '${PAGE_SCRIPT_HASH}'`,
  `style-src '${PAGE_STYLE_HASH}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * One page with a part of a heap graph. See `HeapGraph.toHtml`.
 *
 * The text of the heap is in two places: in the title, escaped, and in a block of JSON without any
 * `<`, from which the page's script makes nodes of text.
 */
export function toHtml(
  view: PathView,
  ids: number | readonly number[],
  options: PageOptions = {},
): string {
  const data = collectPageData(view, ids, options);
  const title = escaped(data.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1><bdi>${title}</bdi></h1>
<div id="finder" role="search">
<input id="search" type="search" placeholder="Search nodes ( / )" aria-label="Search the nodes of this page" autocomplete="off" spellcheck="false">
<span id="result-count" role="status"></span>
<ul id="results" aria-label="Results" hidden></ul>
</div>
<div class="tools" role="group" aria-label="View">
<button type="button" id="zoom-out" aria-label="Zoom out" title="Zoom out (-)">−</button>
<button type="button" id="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button>
<button type="button" id="fit" title="Show the whole drawing (0)">Fit</button>
<button type="button" id="theme" aria-label="Change between light and dark" title="Light or dark">◐</button>
</div>
</header>
<main aria-label="Graph">
<svg id="graph" role="application" aria-roledescription="graph" aria-label="Nodes of the heap. Arrows up and down follow references, left and right go along a row, Enter shows or hides neighbours">
<defs>
<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5 8 4 0 7.5z"/></marker>
<marker id="path-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5 8 4 0 7.5z"/></marker>
</defs>
<g id="world"></g>
</svg>
<p id="status" role="status"></p>
<noscript>This page draws its graph with JavaScript, which is switched off.</noscript>
</main>
<aside id="details" aria-labelledby="details-heading" tabindex="0"></aside>
<footer>
<span id="count"></span>
<span class="keys"><kbd>↑</kbd> <kbd>↓</kbd> <kbd>←</kbd> <kbd>→</kbd> move · <kbd>Enter</kbd> show or hide neighbours · <kbd>Shift</kbd> <kbd>↑</kbd> referrers · <kbd>Shift</kbd> <kbd>↓</kbd> references · <kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd> zoom</span>
</footer>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}
