import type { Remains, StateHolder } from "../proof/remains.ts";
import type { Ended } from "./endings.ts";
import type { HostParts } from "./host-parts.ts";

/** Hands the rest of a version to those who watch whether it is collected. */
export function remember(
  parts: HostParts,
  of: {
    readonly module: string;
    readonly version: number;
    readonly ended: Ended;
    readonly holder: StateHolder | undefined;
    readonly isUnloadable?: boolean;
  },
): Remains {
  const { module, version, ended, holder, isUnloadable = true } = of;
  const { leftBehind, watched } = ended;
  const since = parts.settings.clock.now();
  const remains: Remains = {
    module,
    version,
    isUnloadable,
    watched,
    leftBehind,
    holder,
    since,
    retained: [],
  };
  if (leftBehind.length > 0) parts.events.emit("left-behind", { module, version, leftBehind });
  parts.afterlife.add(remains);
  return remains;
}
