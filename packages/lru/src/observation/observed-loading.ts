import type { LoadingHost } from "../loading/loading-host.ts";
import type { LoadingSettings } from "../loading/loading-settings.ts";
import { Loading } from "../loading/loading.ts";
import { reportError } from "../report-error.ts";

/** The loading of a cache whose uses are observed: the observers are called at the end of each call. */
export class ObservedLoading<K, V> extends Loading<K, V> {
  readonly #finish: () => void;

  constructor(options: LoadingSettings<K, V>, host: LoadingHost<K, V>) {
    super(options, host);
    this.#finish = () => {
      try {
        host.finish();
      } catch (error) {
        reportError(error, options.onError);
      }
    };
  }

  override getOrLoad(...call: Parameters<Loading<K, V>["getOrLoad"]>): Promise<V> {
    return this.#told(super.getOrLoad(...call));
  }

  override getOrLoadMany(...call: Parameters<Loading<K, V>["getOrLoadMany"]>): Promise<Map<K, V>> {
    return this.#told(super.getOrLoadMany(...call));
  }

  override acquireOrLoad(
    ...call: Parameters<Loading<K, V>["acquireOrLoad"]>
  ): ReturnType<Loading<K, V>["acquireOrLoad"]> {
    return this.#told(super.acquireOrLoad(...call));
  }

  override acquireOrLoadMany(
    ...call: Parameters<Loading<K, V>["acquireOrLoadMany"]>
  ): ReturnType<Loading<K, V>["acquireOrLoadMany"]> {
    return this.#told(super.acquireOrLoadMany(...call));
  }

  #told<Result>(result: Result): Result {
    this.#finish();
    return result;
  }
}
