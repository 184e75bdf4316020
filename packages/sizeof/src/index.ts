export { Accounting } from "./accounting.ts";
export { calibrate, type CalibrateOptions, type Calibration } from "./calibrate.ts";
export { detach } from "./detach.ts";
export { detachBuffer } from "./detach-buffer.ts";
export { detachDeep } from "./detach-deep.ts";
export { parseBytes } from "./parse-bytes.ts";
export { detectProfile } from "./profile/detect-profile.ts";
export { jsc } from "./profile/jsc.ts";
export type { EngineProfile } from "./profile/profile.ts";
export { compressedV8, v8 } from "./profile/v8.ts";
export {
  chargeOf,
  exceeds,
  measure,
  shallowSizeOf,
  sizeOf,
  tally,
  type Measurement,
  type MeasureOptions,
  type SizeOfOptions,
  type Tally,
} from "./size-of.ts";
export { SIZE } from "./size.ts";
export type { Sharing } from "./walk/walk-options.ts";
