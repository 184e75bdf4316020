import { checkObject, print, refuse, type Check } from "../checks/read-options.ts";

/** Throws a TypeError if a value is not an array of observers. */
export const checkObservers: Check = (action, name, observers) => {
  if (!Array.isArray(observers)) refuse(action, `${name} is ${print(observers)}`, "an array");
  // `entries` includes the holes of the array, which `forEach` passes over.
  for (const [i, observer] of observers.entries()) {
    checkObject(action, `${name}[${i}]`, observer);
  }
};
