import { expect, test } from "vitest";
import { exportsOf } from "./program.ts";

/** What oxc makes of "export let n = 1; export const add = () => n++; export default () => f;". */
const OXC = `Object.defineProperty(__vite_ssr_exports__, "n", {
	enumerable: true,
	configurable: true,
	get() {
		return n;
	}
});
Object.defineProperty(__vite_ssr_exports__, "add", {
	enumerable: true,
	configurable: true,
	get() {
		return add;
	}
});
Object.defineProperty(__vite_ssr_exports__, "x y", {
	enumerable: true,
	configurable: true,
	get() {
		return __vite_ssr_import_0__["a b"];
	}
});
Object.defineProperty(__vite_ssr_exports__, "default", {
	enumerable: true,
	configurable: true,
	get() {
		return __vite_ssr_export_default__;
	}
});
const __vite_ssr_import_0__ = await __vite_ssr_import__("./b.mjs", { importedNames: [
	"a b",
	"default"
] });
const __vite_ssr_import_1__ = await __vite_ssr_import__("./b.mjs");
__vite_ssr_exportAll__(__vite_ssr_import_1__);
let n = 1;
const add = () => n++;
const __vite_ssr_export_default__ = () => __vite_ssr_import_0__.default;
`;

/** The same of Vite 6, for the other file. */
const VITE_6 = `Object.defineProperty(__vite_ssr_exports__, "star", { enumerable: true, configurable: true, get(){ try { return star } catch {} }});
Object.defineProperty(__vite_ssr_exports__, "default", { enumerable: true, configurable: true, get(){ try { return __vite_ssr_export_default__ } catch {} }});
Object.defineProperty(__vite_ssr_exports__, "a b", { enumerable: true, configurable: true, get(){ try { return star } catch {} }});
const star = 's';
const __vite_ssr_export_default__ = function () {};`;

test("the forms of oxc and of Vite 6 are read", async () => {
  const transform = (_: string, { file }: { file: string }): { code: string } => ({
    code: file.endsWith("a.mjs") ? OXC : VITE_6,
  });
  const exports = (await exportsOf({ "a.mjs": "", "b.mjs": "" }, { transform })) as {
    n: number;
    add(): void;
    default: () => { name: string };
  };
  expect(Object.keys(exports)).toEqual(["a b", "add", "default", "n", "star", "x y"]);
  exports.add();
  expect(exports).toMatchObject({ n: 2, star: "s", "x y": "s" });
  expect(exports.default.name).toBe("default");
  expect(exports.default().name).toBe("default");
});

test("a transform that returns other code is an error that says so", async () => {
  const transform = (): { code: string } => ({ code: "export const x = 1;" });
  await expect(exportsOf({ "a.mjs": "" }, { transform })).rejects.toMatchObject({
    phase: "compile",
    module: "a.mjs",
  });
});

test("a transform that does not wait makes ES modules ready for require", async () => {
  const transform = (source: string): { code: string } => ({ code: source });
  const exports = await exportsOf(
    {
      "a.cjs": "exports.x = require('./' + 'b.mjs').x;",
      "b.mjs": '__vite_ssr_exportName__("x", () => { try { return x } catch {} });\nlet x = 5;',
    },
    { transform },
  );
  expect(exports).toHaveProperty("x", 5);
});
