import { t } from '../i18n/t.ts'
import './field-changes.css'
import { Facts } from '../parts/facts.tsx'

/** A field with its old and new value. */
export interface FieldChange {
  label: string
  before: string
  after: string
}

/** The named fields that differ. */
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
  return value === null || value === undefined || value === '' ? t('nothing') : String(value)
}

export function FieldChanges({ changes }: { changes: readonly FieldChange[] }) {
  if (changes.length === 0) return null
  return (
    <Facts
      className="field-changes"
      facts={changes.map(({ label, before, after }) => [
        label,
        <>
          <del dir="auto">{before}</del> <span aria-hidden="true">→</span> <ins dir="auto">{after}</ins>
        </>,
      ])}
    />
  )
}

/** The changed fields as a merge patch, so that nothing else is overwritten. */
export function patchOf<T extends object>(before: T, after: T): Partial<T> {
  const changed = (Object.keys(after) as (keyof T)[]).filter((name) => !isSame(before[name], after[name]))
  return Object.fromEntries(changed.map((name) => [name, after[name]])) as Partial<T>
}

/** Compares JSON values. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
