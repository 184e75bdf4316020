/** The codes that Node gives to errors of resolution. */
export type ResolutionCode =
  | "MODULE_NOT_FOUND"
  | "ERR_MODULE_NOT_FOUND"
  | "ERR_UNSUPPORTED_DIR_IMPORT"
  | "ERR_UNSUPPORTED_ESM_URL_SCHEME"
  | "ERR_INVALID_MODULE_SPECIFIER"
  | "ERR_INVALID_PACKAGE_CONFIG"
  | "ERR_INVALID_PACKAGE_TARGET"
  | "ERR_PACKAGE_PATH_NOT_EXPORTED"
  | "ERR_PACKAGE_IMPORT_NOT_DEFINED"
  | "ERR_UNKNOWN_BUILTIN_MODULE";

/** An error with the code that Node would give it, so that code that looks at it still works. */
export function resolutionError(code: ResolutionCode, message: string): Error {
  return Object.assign(new Error(message), { code });
}
