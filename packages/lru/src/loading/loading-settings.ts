import type { ExpiryOptions } from "../expiry/expiry.ts";
import type { LRUCacheOptions } from "../cache/options.ts";
import type { StaleIfError } from "./loader.ts";

/** The options of a cache, in the form that its expiry and its loading use. */
export type LoadingSettings<K, V> = Omit<LRUCacheOptions<K, V>, "staleIfError" | "clock" | "seed"> &
  ExpiryOptions<K, V> & {
    /** Whether a stale entry stands in for a failure; undefined if it does for every failure. */
    readonly standsIn: StaleIfError<K>["when"] | undefined;
    /** Whether a loaded undefined is stored as a value. */
    readonly keepsUndefined: boolean;
  };
