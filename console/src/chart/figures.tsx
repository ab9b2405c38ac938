import { locale } from '../i18n/language.ts'
import './figures.css'

interface Figure {
  label: string
  value: string
  /** The breakdown of the value. */
  of?: string
}

/** A few figures to read at a glance. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className="figures">
      {figures.map(({ label, value, of }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="value">{value}</dd>
          {of && <dd className="quiet">{of}</dd>}
        </div>
      ))}
    </dl>
  )
}

/** `12 %`; rounded, but 0 % and 100 % only if exact. */
export function share(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %'
  const percent = (100 * part) / whole
  if (percent < 1) return '< 1 %'
  if (part < whole && percent > 99) return '> 99 %'
  return `${Math.round(percent)} %`
}

/** `3.4`, `120`, `< 0.1`. */
export function rate(count: number, minutes: number): string {
  const perMinute = count / minutes
  if (count > 0 && perMinute < 0.1) return '< 0.1'
  return perMinute.toLocaleString(locale, { maximumFractionDigits: perMinute < 10 ? 1 : 0 })
}

export function sumOf<R>(rows: readonly R[], count: (row: R) => number): number {
  return rows.reduce((sum, row) => sum + count(row), 0)
}
