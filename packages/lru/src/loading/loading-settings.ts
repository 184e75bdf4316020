import type { ExpiryOptions } from "../expiry/expiry.ts";
import type { LRUCacheOptions } from "../cache/options.ts";
import type { StaleIfError } from "./loader.ts";

/** The options of a cache, as its expiry and its loading use them. */
export type LoadingSettings<K, V> = Omit<LRUCacheOptions<K, V>, "staleIfError" | "clock" | "seed"> &
  ExpiryOptions<K, V> & {
    /** For which failures a stale entry stands in; undefined for all. */
    readonly standsIn: StaleIfError<K>["when"] | undefined;
    /** Whether a load that yields undefined stores it, as of any other value. */
    readonly keepsUndefined: boolean;
  };
