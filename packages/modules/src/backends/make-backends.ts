import type { EventHub } from "../host/events.ts";
import type { Settings } from "../host/options.ts";
import type { Backend } from "./backend.ts";
import { FunctionBackend } from "./function/function-backend.ts";
import { NativeBackend } from "./native/native-backend.ts";
import { VmModuleBackend } from "./vm-module/vm-module-backend.ts";
import { WorkerBackend } from "./worker/worker-backend.ts";

/** The backends of one host. */
export function makeBackends(settings: Settings, events: EventHub): Backend[] {
  return [
    new FunctionBackend(settings),
    new VmModuleBackend(settings),
    new NativeBackend(settings, events),
    new WorkerBackend(settings, events),
  ];
}
