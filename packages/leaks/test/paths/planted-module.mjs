let slot;

export function keepInOtherModule(value) {
  slot = value;
  return () => slot;
}
