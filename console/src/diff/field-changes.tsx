import './field-changes.css'
import { Facts } from '../parts/facts.tsx'

/** One field with what it was and what it is. */
export interface FieldChange {
  label: string
  before: string
  after: string
}

/** Which of the named fields differ. */
export function fieldChanges(
  before: object,
  after: object,
  labels: { readonly [name: string]: string },
): FieldChange[] {
  const was: { [name: string]: unknown } = { ...before }
  const is: { [name: string]: unknown } = { ...after }
  return Object.entries(labels).flatMap(([name, label]) =>
    isSame(was[name], is[name]) ? [] : [{ label, before: words(was[name]), after: words(is[name]) }],
  )
}

function words(value: unknown): string {
  if (Array.isArray(value)) return words(value.join(', '))
  return value === null || value === undefined || value === '' ? 'nothing' : String(value)
}

export function FieldChanges({ changes }: { changes: readonly FieldChange[] }) {
  if (changes.length === 0) return null
  return (
    <Facts
      className="field-changes"
      facts={changes.map(({ label, before, after }) => [
        label,
        <>
          <del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins>
        </>,
      ])}
    />
  )
}

/** What differs from what was there, as a merge patch; only that is sent, so that nothing else is overwritten. */
export function patchOf<T extends object>(before: T, after: T): Partial<T> {
  const changed = (Object.keys(after) as (keyof T)[]).filter((name) => !isSame(before[name], after[name]))
  return Object.fromEntries(changed.map((name) => [name, after[name]])) as Partial<T>
}

/** Of what JSON holds. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
