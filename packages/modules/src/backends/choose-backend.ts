import * as vm from "node:vm";
import { refuse } from "../checks/arguments.ts";
import type { Settings } from "../host/options.ts";
import type { BackendName, ModuleSpec } from "../resolution/module-spec.ts";
import { canTransform } from "../source/module-source.ts";

/** Whether this process has `vm.SourceTextModule`, for which Node wants a flag. */
export function hasVmModules(): boolean {
  return typeof (vm as { SourceTextModule?: unknown }).SourceTextModule === "function";
}

/**
 * The backend for one file. `auto` takes the best one that can unload it. With `vm-module`, ES
 * modules run in it; CommonJS and JSON are functions in any case, since only ES modules have a form
 * of their own in `node:vm`. `worker` and `native` take all files.
 */
export function chooseBackend(spec: ModuleSpec, settings: Settings): BackendName {
  const { backend } = settings;
  if (backend === "worker" || backend === "native" || backend === "function") return backend;
  if (spec.format !== "module") return "function";
  if (backend === "vm-module") return "vm-module";
  if (canTransform(settings)) return "function";
  return hasVmModules() ? "vm-module" : "native";
}

/** Refuses a backend that the process does not have. */
export function checkBackend({ backend }: Settings): void {
  if (backend !== "vm-module" || hasVmModules()) return;
  refuse(
    "make module host",
    'backend is "vm-module", and vm.SourceTextModule does not exist',
    "node to run with --experimental-vm-modules",
    RangeError,
  );
}
