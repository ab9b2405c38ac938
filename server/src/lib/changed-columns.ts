/** The columns whose wanted value is another one than before. */
export function changedColumns<T extends object>(before: T, wanted: Partial<T>): Partial<T> {
  const changed = Object.entries(wanted).filter(([name, value]) => before[name as keyof T] !== value)
  return Object.fromEntries(changed) as Partial<T>
}
