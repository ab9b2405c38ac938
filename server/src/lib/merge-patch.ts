type Settled<Patch, Defaults> = {
  [Key in keyof Patch]: Key extends keyof Defaults ? Exclude<Patch[Key], null> | Defaults[Key] : Patch[Key]
}

/**
 * A merge patch (RFC 7396) without any `null` that its column does not accept: null removes a field, and an absent
 * field has the default of a create.
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

/** The columns whose wanted value differs from the current one. */
export function changedColumns<T extends object>(before: T, wanted: Partial<T>): Partial<T> {
  const changed = Object.entries(wanted).filter(([name, value]) => before[name as keyof T] !== value)
  return Object.fromEntries(changed) as Partial<T>
}
