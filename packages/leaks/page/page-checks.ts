/**
 * Checks of the drawn page, which its test runs in a browser. They are not a part of the page.
 */

interface Named {
  readonly text: string;
  readonly rect: DOMRect;
}

/** Pairs of texts of the drawing that lie on each other, and texts that leave their box. */
export function overlaps(): string[] {
  const texts: Named[] = [...document.querySelectorAll<SVGTextElement>("#world text")]
    .filter(({ textContent }) => textContent !== "")
    .map((each) => ({ text: each.textContent!, rect: each.getBoundingClientRect() }));
  const found: string[] = [];
  for (const [at, one] of texts.entries()) {
    for (const other of texts.slice(at + 1)) {
      if (overlap(one.rect, other.rect)) found.push(`${one.text} | ${other.text}`);
    }
  }
  const boxes = [...document.querySelectorAll(".node, .rest")].map((group) => ({
    group,
    box: group.querySelector(".box")!.getBoundingClientRect(),
  }));
  for (const { group, box } of boxes) {
    for (const text of group.querySelectorAll("text")) {
      const { left, right } = text.getBoundingClientRect();
      if (left < box.left || right > box.right) found.push(`leaves its box: ${text.textContent}`);
    }
  }
  for (const [at, one] of boxes.entries()) {
    for (const other of boxes.slice(at + 1)) {
      if (overlap(one.box, other.box)) found.push(`two boxes: ${one.group.textContent}`);
    }
    for (const text of document.querySelectorAll(".edge-text")) {
      if (!overlap(text.getBoundingClientRect(), one.box)) continue;
      found.push(`under a box: ${text.textContent}`);
    }
  }
  return found;
}

function overlap(a: DOMRect, b: DOMRect): boolean {
  const slack = 1;
  const isBeside = a.right - slack <= b.left || b.right - slack <= a.left;
  return !isBeside && a.bottom - slack > b.top && b.bottom - slack > a.top;
}

/** Texts with a contrast below 4.5, the least of WCAG 2.2 for small texts. */
export function faintTexts(): string[] {
  const found: string[] = [];
  for (const each of document.querySelectorAll("body *")) {
    const own = [...each.childNodes].some(
      ({ nodeType, textContent }) => nodeType === Node.TEXT_NODE && textContent!.trim() !== "",
    );
    if (!own || each.closest("script, title, noscript, [hidden], .empty") !== null) continue;
    const isDrawn = each instanceof SVGElement;
    const style = getComputedStyle(each);
    const contrast = contrastOf(isDrawn ? style.fill : style.color, groundOf(each));
    if (contrast < 4.5) found.push(`${each.textContent} ${contrast.toFixed(2)}`);
  }
  return found;
}

/** The color behind a text. */
function groundOf(element: Element): string {
  const group = element.closest(".node");
  if (group !== null) {
    const toggle = element.closest(".toggle")?.querySelector("rect");
    const fills = [toggle, group.querySelector(".box")].map(
      (each) => each && getComputedStyle(each),
    );
    return fills.find((style) => style && isSolid(style.fill))!.fill;
  }
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (isSolid(backgroundColor)) return backgroundColor;
  }
  return "rgb(255, 255, 255)";
}

function isSolid(color: string): boolean {
  return color !== "none" && !/^rgba\(.* 0\)$/.test(color);
}

function contrastOf(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = color
    .match(/[\d.]+/g)!
    .slice(0, 3)
    .map((part) => Number(part) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** Controls that a screen reader could not name. */
export function namelessControls(): string[] {
  return [...document.querySelectorAll("button, input, [role=button], [role=application]")]
    .filter((each) => (each.getAttribute("aria-label") ?? each.textContent!.trim()) === "")
    .map(({ outerHTML }) => outerHTML);
}

/** How many nodes are not wholly within the frame of the drawing. */
export function clippedNodes(): number {
  const frame = document.getElementById("graph")!.getBoundingClientRect();
  return [...document.querySelectorAll(".node")].filter((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    return left < frame.left || right > frame.right || top < frame.top || bottom > frame.bottom;
  }).length;
}

/** What has the focus: its name, or else its id or class. */
export function focused(): string {
  const { id, classList, ariaLabel } = document.activeElement!;
  return id || (ariaLabel ?? document.activeElement!.textContent!) || classList[0]!;
}

/** Opens one node after the other until that many are drawn, or all are open. */
export function openNodes(most: number): void {
  for (let steps = 0; steps < most; steps++) {
    const toggle = document.querySelector(".toggle:not(.open, .empty)");
    if (toggle === null || document.querySelectorAll(".node").length >= most) return;
    toggle.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  }
}

/** The ids of the nodes that are drawn, in rising order. */
export function drawnIds(): number[] {
  return [...document.querySelectorAll("[data-node] > .facts")]
    .map(({ textContent }) => Number(/^@(\d+)/.exec(textContent!)![1]))
    .sort((a, b) => a - b);
}
