import { expect, test } from "vitest";
import { ModuleHost } from "@heapwise/modules";
import { checkBackend, chooseBackend, hasVmModules } from "../../src/backends/choose-backend.ts";
import { readSettings, type ModuleHostOptions } from "../../src/host/options.ts";
import type { ModuleFormat, ModuleSpec } from "../../src/resolution/module-spec.ts";
import { ViteTransforms } from "../../src/source/vite-transform.ts";
import { vi } from "vitest";

const transform = (code: string): { code: string } => ({ code });

function choice(format: ModuleFormat, options: ModuleHostOptions, isTypeScript = false): string {
  const spec: ModuleSpec = {
    name: "a",
    url: "file:///a",
    file: "/a",
    format,
    isTypeScript,
    owner: "host",
  };
  return chooseBackend(spec, readSettings(options));
}

test("auto runs CommonJS and JSON as functions, and ES modules if they can be transformed", () => {
  expect(choice("commonjs", {})).toBe("function");
  expect(choice("json", {})).toBe("function");
  expect(choice("commonjs", {}, true)).toBe("function");
  expect(choice("module", { transform })).toBe("function");
  expect(choice("module", { transform }, true)).toBe("function");
});

test("without a transform, auto takes the best backend that runs ES modules as they are", () => {
  vi.spyOn(ViteTransforms.prototype, "isInstalled", "get").mockReturnValue(false);
  expect(choice("module", {})).toBe(hasVmModules() ? "vm-module" : "native");
  expect(choice("commonjs", {})).toBe("function");
  vi.restoreAllMocks();
  expect(choice("module", {})).toBe("function");
});

test("a backend that is asked for is taken, also if auto would choose another", () => {
  for (const backend of ["function", "worker", "native"] as const) {
    expect(choice("module", { backend })).toBe(backend);
    expect(choice("commonjs", { backend })).toBe(backend);
    expect(choice("json", { backend })).toBe(backend);
  }
  expect(choice("module", { backend: "vm-module", transform })).toBe("vm-module");
  expect(choice("commonjs", { backend: "vm-module" })).toBe("function");
});

test("a host refuses vm-module if the process does not have it", () => {
  if (hasVmModules()) return;
  expect(() => new ModuleHost({ backend: "vm-module" })).toThrow(RangeError);
  expect(() => checkBackend(readSettings({ backend: "vm-module" }))).toThrow(
    /vm\.SourceTextModule does not exist, expected node to run with --experimental-vm-modules/,
  );
});
