/*
 * Functions of `Object`, as they were when this module was loaded. If the program replaces one
 * later, no size changes.
 */
export const getPrototypeOf: typeof Object.getPrototypeOf = Object.getPrototypeOf;
export const getOwnPropertyDescriptor: typeof Object.getOwnPropertyDescriptor =
  Object.getOwnPropertyDescriptor;
export const getOwnPropertyNames: typeof Object.getOwnPropertyNames = Object.getOwnPropertyNames;
export const getOwnPropertySymbols: typeof Object.getOwnPropertySymbols =
  Object.getOwnPropertySymbols;
