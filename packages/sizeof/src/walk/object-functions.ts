/** Functions of `Object` as this module found them: a program that replaces one changes no size. */
export const getPrototypeOf: typeof Object.getPrototypeOf = Object.getPrototypeOf;
export const getOwnPropertyDescriptor: typeof Object.getOwnPropertyDescriptor =
  Object.getOwnPropertyDescriptor;
export const getOwnPropertyNames: typeof Object.getOwnPropertyNames = Object.getOwnPropertyNames;
export const getOwnPropertySymbols: typeof Object.getOwnPropertySymbols =
  Object.getOwnPropertySymbols;
