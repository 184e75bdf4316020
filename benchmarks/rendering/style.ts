/** Colours of the report and of the pictures in one theme. */
export interface Theme {
  readonly page: string;
  readonly panel: string;
  readonly text: string;
  readonly muted: string;
  readonly rule: string;
  readonly accent: string;
  /** Background of our rows. */
  readonly ours: string;
  readonly baseline: string;
  readonly rival: string;
  /** One for each of our policies, in the order of `POLICY_NAMES`. */
  readonly policies: readonly string[];
}

/** The themes. Each has eight colours for policies, so that a new policy needs no new colour. */
export const THEMES: Readonly<Record<"light" | "dark", Theme>> = {
  light: {
    page: "#ffffff",
    panel: "#f6f7f9",
    text: "#1c2230",
    muted: "#5b6475",
    rule: "#d5dae3",
    accent: "#0a5fd6",
    ours: "#e8f1ff",
    baseline: "#5b6475",
    rival: "#98a1b0",
    policies: [
      "#0a5fd6",
      "#d0186c",
      "#c25a00",
      "#00857a",
      "#8a3ffc",
      "#6a7b00",
      "#7d5430",
      "#00799e",
    ],
  },
  dark: {
    page: "#12151c",
    panel: "#1a1f29",
    text: "#e7eaf0",
    muted: "#a0a9b8",
    rule: "#323a49",
    accent: "#7ab2ff",
    ours: "#16294a",
    baseline: "#a0a9b8",
    rival: "#6d7789",
    policies: [
      "#5aa2ff",
      "#ff6fae",
      "#ff9d4d",
      "#33c2b3",
      "#b794ff",
      "#b3c44d",
      "#c99f78",
      "#5fc9e8",
    ],
  },
};

/** The colours of a theme as custom properties: `--page`, and `--policy-1` for the first policy. */
function declare({ policies, ...colours }: Theme): string {
  const numbered = policies.map((colour, i): [string, string] => [`policy-${i + 1}`, colour]);
  const all = [...Object.entries(colours), ...numbered];
  return `:root { ${all.map(([name, colour]) => `--${name}: ${colour};`).join(" ")} }`;
}

/** Style of the report, in the light or dark theme of the reader. */
export const STYLE = `
${declare(THEMES.light)}
@media (prefers-color-scheme: dark) { ${declare(THEMES.dark)} }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 3rem 0 1rem; padding-bottom: .4rem; border-bottom: 2px solid var(--rule); font-size: 1.5rem; }
h2 small { font-size: .85rem; font-weight: 400; color: var(--muted); }
h3 { margin: 0 0 .25rem; font-size: 1.1rem; }
p { margin: 0 0 1rem; max-width: 46rem; color: var(--muted); }
header p { font-size: 1.05rem; }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin-top: 1.25rem; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 0; padding: .9rem 1.1rem;
  border-radius: .5rem; background: var(--panel); font-size: .9rem; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
.advice { margin: 0 0 1.5rem; padding: .9rem 1.1rem; border-radius: .5rem; background: var(--panel); overflow-wrap: anywhere; }
.advice p { margin: 0 0 .5rem; }
.advice strong { color: var(--text); }
pre { margin: .75rem 0 0; padding: .75rem 1rem; overflow-x: auto; border: 1px solid var(--rule); border-radius: .4rem;
  background: var(--page); font-size: .85rem; line-height: 1.45; }
.chart { margin: 0 0 2.5rem; }
.scroll { overflow-x: auto; }
svg { max-width: 100%; height: auto; font-variant-numeric: tabular-nums; }
.chart > .scroll > svg { min-width: 44rem; }
h4 { margin: 1rem 0 .25rem; font-size: .95rem; color: var(--muted); }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.5rem 2rem; }
figure { margin: 0; }
figcaption { min-height: 4em; font-size: .85rem; line-height: 1.4; color: var(--muted); }
figcaption b { display: block; color: var(--text); font-size: .95rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; margin: 0 0 1rem; padding: 0; list-style: none; font-size: .9rem; }
.legend i { display: inline-block; width: 1.6rem; margin-right: .45rem; border-top: 3px solid var(--swatch); vertical-align: middle; }
.legend i.dashed { border-top-style: dashed; }
details { margin: 0 0 1.5rem; padding: .9rem 1.1rem; border-radius: .5rem; background: var(--panel); }
summary { margin-bottom: .35rem; font-weight: 600; cursor: pointer; }
details p { font-size: .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; font-variant-numeric: tabular-nums; }
th { padding: .35rem .6rem; border-bottom: 2px solid var(--rule); text-align: left; vertical-align: bottom; font-weight: 600; }
td { padding: .28rem .6rem; border-bottom: 1px solid var(--rule); white-space: nowrap; }
td.number, th.number { text-align: right; }
td small { color: var(--muted); }
tr.ours td, td.ours, th.ours { background: var(--ours); font-weight: 600; }
td.ours small, tr.ours small { font-weight: 400; }
@media print { body { max-width: none; } details, .chart { break-inside: avoid; } }
`;
