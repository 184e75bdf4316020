/** Counts of a host: the first ones since it was made, the others of the moment. */
export interface ModuleHostStats {
  /** First loads that succeeded. */
  readonly loads: number;
  /** Reloads that succeeded. */
  readonly reloads: number;
  /** Modules that were unloaded or purged. */
  readonly unloads: number;
  /** Loads and reloads that failed. */
  readonly failures: number;
  /** Versions of which all code was seen to be collected. */
  readonly reclaimed: number;
  /** Versions that were found to be held, also if they were collected later. */
  readonly retained: number;
  /** Modules that are loaded by name. */
  readonly modules: number;
  /** Versions of files that the host holds, with those that are only imported. */
  readonly instances: number;
  /** Versions that were replaced or are being unloaded, and that are not ended yet. */
  readonly draining: number;
  /** Leases of all versions. */
  readonly leases: number;
  /** Versions that were ended, and of which nobody knows yet whether they are collected. */
  readonly unverified: number;
  /** Versions that were ended and are held. */
  readonly zombies: number;
}
