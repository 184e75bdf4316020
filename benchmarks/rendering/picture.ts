import { OURS } from "../adapters/catalogue.ts";
import type { Machine } from "../machine.ts";
import type { Picture, PictureBar, PictureGroup } from "../suite.ts";
import { colourIn } from "./colours.ts";
import { escapeHtml } from "./escape-html.ts";
import { wrap } from "./print-advice.ts";
import type { Theme } from "./style.ts";

/** How a picture was made. The last lines of the picture show it. */
export interface PictureRun {
  readonly command: string;
  readonly machine: Machine;
}

/** In pixels. At a width of 400 the smallest text is still 10 pixels high. */
const WIDTH = 480;
const MARGIN = 16;
const NAMES = 172;
const LABELS = 48;
const BARS: number = WIDTH - 2 * MARGIN - NAMES - LABELS;
const ROW = 25;
const FONT = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif";
/** Characters of the note and of the last lines that fit in the width. */
const NOTE_CHARACTERS = 62;
const RUN_CHARACTERS = 72;

/** A column of SVG elements, from the top down. */
class Column {
  readonly #theme: Theme;
  readonly #elements: string[] = [];
  /** Where the next element starts. */
  y: number = MARGIN;

  constructor(theme: Theme) {
    this.#theme = theme;
  }

  add(element: string): void {
    this.#elements.push(element);
  }

  /** A line of text, whose height is one and a half times its size. */
  addLine(text: string, size: number, colour: string, weight = 400): void {
    const baseline = this.y + size;
    this.#addText(text, MARGIN, baseline, `font-size="${size}" fill="${colour}"`, weight);
    this.y += Math.round(1.5 * size);
  }

  /** Lines of text, each with at most `characters` characters. */
  addLines(text: string, characters: number, size: number): void {
    for (const line of wrap(text, characters).split("\n"))
      this.addLine(line, size, this.#theme.muted);
  }

  /** The bars of a group, shortest or longest first, on a scale from 0 to `longest`. */
  addBars(bars: readonly PictureBar[], longest: number): void {
    const { text, rule } = this.#theme;
    const left = MARGIN + NAMES;
    this.add(`<path d="M${left} ${this.y}v${bars.length * ROW}" stroke="${rule}"/>`);
    for (const { arm, name = nameOf(arm), value, label } of bars) {
      const length = Math.max(1, (BARS * value) / longest).toFixed(1);
      const baseline = this.y + 17;
      const weight = arm.startsWith("heapwise ") ? 600 : 400;
      const style = `font-size="14" fill="${text}"`;
      this.#addText(name, left - 8, baseline, `${style} text-anchor="end"`, weight);
      this.add(
        `<rect x="${left}" y="${this.y + 4}" width="${length}" height="${ROW - 8}" rx="2" fill="${colourIn(this.#theme, arm)}"/>`,
      );
      this.#addText(label, left + Number(length) + 6, baseline, style, weight);
      this.y += ROW;
    }
  }

  #addText(text: string, x: number, y: number, attributes: string, weight: number): void {
    const heavy = weight === 400 ? "" : ` font-weight="${weight}"`;
    this.add(`<text x="${x}" y="${y}" ${attributes}${heavy}>${escapeHtml(text)}</text>`);
  }

  toString(): string {
    return this.#elements.join("\n");
  }
}

/** Our policies as they are called in code: `heapwise lru()`. */
function nameOf(arm: string): string {
  return arm.startsWith("heapwise ") ? `${arm}()` : arm;
}

/** The best bar first; of equal ones our default, then our others. */
function inOrder({ bars }: PictureGroup, better: Picture["better"]): PictureBar[] {
  const sign = better === "lower" ? 1 : -1;
  const rank = ({ arm }: PictureBar): number =>
    arm === OURS ? 0 : arm.startsWith("heapwise ") ? 1 : 2;
  return [...bars].sort((a, b) => sign * (a.value - b.value) || rank(a) - rank(b));
}

/** Facts that a reader needs to judge the numbers or to make them again. */
function describeRun({ command, machine }: PictureRun, arms: ReadonlySet<string>): string[] {
  const { processor, cores, node, date, rivals } = machine;
  const versions = Object.entries(rivals).filter(([name]) => arms.has(name));
  return [
    versions.map(([name, version]) => `${name} ${version}`).join(", "),
    `${date.slice(0, 10)}, Node ${node.replace(/^v/, "")}, ${processor}, ${cores} cores`,
    `Made by: ${command}`,
  ];
}

/**
 * Renders a picture as an SVG file. Colours are written out, and there is a background: if a page
 * shows the file as an image, the page's style and theme do not apply to it.
 */
export function renderPicture(picture: Picture, theme: Theme, run: PictureRun): string {
  const { title, better, note, groups } = picture;
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const column = new Column(theme);
  column.addLine(title, 20, theme.text, 700);
  column.addLine(`${better === "lower" ? "◀ Lower" : "▶ Higher"} is better`, 15, theme.accent, 600);
  column.addLines(note, NOTE_CHARACTERS, 14);
  for (const group of groups) {
    column.y += 10;
    if (group.title !== "") column.addLine(group.title, 14, theme.text, 600);
    column.addBars(inOrder(group, better), longest);
  }
  column.y += 12;
  const arms = new Set(groups.flatMap(({ bars }) => bars.map(({ arm }) => arm)));
  for (const line of describeRun(run, arms)) column.addLines(line, RUN_CHARACTERS, 12);
  const height = column.y + MARGIN / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="${FONT}">
<title>${escapeHtml(`${title}: ${better} is better`)}</title>
<desc>${escapeHtml(note)}</desc>
<rect width="${WIDTH}" height="${height}" rx="8" fill="${theme.panel}"/>
${column}
</svg>
`;
}
