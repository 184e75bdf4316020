export { publishDiagnostics, type PublishOptions } from "./observation/publish-diagnostics.ts";
export type { CacheObserver, LoadReport } from "./observation/cache-observer.ts";
