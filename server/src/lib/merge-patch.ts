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
  const fields = { ...patch } as Record<string, unknown>
  for (const name in fields)
    if (fields[name] === null && name in defaults) fields[name] = defaults[name as keyof Defaults]
  return fields as Settled<Patch, Defaults>
}

/** The columns whose wanted value differs from the current one. */
export function changedColumns<T extends object>(before: T, wanted: Partial<T>): Partial<T> {
  const changed: Partial<T> = {}
  for (const name in wanted) if (before[name] !== wanted[name]) changed[name] = wanted[name]
  return changed
}
