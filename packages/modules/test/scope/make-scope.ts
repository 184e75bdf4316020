import { ModuleScope, type ScopeSettings } from "../../src/scope/module-scope.ts";

/** A scope, and the errors that it reported. */
export function makeScope(settings: Partial<ScopeSettings> = {}): {
  readonly scope: ModuleScope;
  readonly errors: unknown[];
} {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  return { scope: new ModuleScope({ globals: "scoped", onError, ...settings }), errors };
}
