/**
 * An object that is alive exactly as long as code of one version of a module is: the compiled
 * wrapper has a variable with it, so that each function, class and generator that the module makes
 * holds it through its context. The host holds it weakly. Plain data that the module handed out
 * does not hold it. The name of the class is looked for in snapshots.
 */
export class HeapwiseModuleSentinel {
  /** Name and version of the module, for people who look at a heap snapshot. */
  readonly module: string;

  constructor(module: string) {
    this.module = module;
  }
}
