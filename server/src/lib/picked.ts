/** A copy with these fields only, in this order. */
export function picked<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  const copy: Partial<Pick<T, K>> = {}
  for (const name of names) copy[name] = from[name]
  return copy as Pick<T, K>
}
