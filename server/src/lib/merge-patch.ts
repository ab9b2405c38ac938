type Settled<Patch, Defaults> = {
  [Key in keyof Patch]: Key extends keyof Defaults ? Exclude<Patch[Key], null> | Defaults[Key] : Patch[Key]
}

/**
 * A merge patch (RFC 7396) in which no `null` is left that a column does not take: null removes a field, and a field that
 * is not there has the value that a create gives it.
 */
export function settled<Patch extends object, Defaults extends { [Key in keyof Patch]?: unknown }>(
  patch: Patch,
  defaults: Defaults,
): Settled<Patch, Defaults> {
  const fields = Object.entries(patch).map(([name, value]) => [
    name,
    value === null && name in defaults ? defaults[name as keyof Defaults & keyof Patch] : value,
  ])
  return Object.fromEntries(fields) as Settled<Patch, Defaults>
}

/** The columns whose wanted value is another one than before. */
export function changedColumns<T extends object>(before: T, wanted: Partial<T>): Partial<T> {
  const changed = Object.entries(wanted).filter(([name, value]) => before[name as keyof T] !== value)
  return Object.fromEntries(changed) as Partial<T>
}
