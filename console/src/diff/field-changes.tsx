import './field-changes.css'

/** One field with what it was and what it is. */
export interface FieldChange {
  label: string
  before: string
  after: string
}

/** Which of the named fields differ. */
export function fieldChanges<T extends object>(
  before: T,
  after: T,
  labels: Partial<Record<keyof T, string>>,
): FieldChange[] {
  return (Object.entries(labels) as [keyof T, string][]).flatMap(([name, label]) =>
    isSame(before[name], after[name])
      ? []
      : [{ label, before: words(before[name]), after: words(after[name]) }],
  )
}

function words(value: unknown): string {
  if (Array.isArray(value)) return words(value.join(', '))
  return value === null || value === undefined || value === '' ? 'nothing' : String(value)
}

export function FieldChanges({ changes }: { changes: readonly FieldChange[] }) {
  if (changes.length === 0) return null
  return (
    <dl className="facts field-changes">
      {changes.map(({ label, before, after }) => (
        <div key={label} className="field-change">
          <dt>{label}</dt>
          <dd>
            <del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins>
          </dd>
        </div>
      ))}
    </dl>
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
