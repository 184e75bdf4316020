export { detectLoadCycles } from "./loading/detect-load-cycles.ts";
export type { CycleDetector } from "./loading/cycle-detector.ts";
