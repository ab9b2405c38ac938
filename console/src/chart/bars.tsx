import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { Instant } from '../parts/instant.tsx'
import '../list/list-table.css'
import './bars.css'

/** One bar: the total, with the failed part in front. */
export interface Bar {
  start: string
  label: string
  total: number
  failed: number
}

export interface BarsProps {
  bars: readonly Bar[]
  /** What the bars count, and its failed part: `requests`, `failed`. */
  words: { total: string; failed: string }
  /** The chart in a sentence, for screen readers. */
  summary: string
}

const width = 720
const height = 160
const gap = 2

/** Our own SVG: forty lines instead of a library of 100 KB. */
export function Bars({ bars, words, summary }: BarsProps) {
  const highest = Math.max(1, ...bars.map(({ total }) => total))
  const step = width / Math.max(1, bars.length)
  const scale = (count: number) => (count / highest) * (height - 4)
  return (
    <figure className="bars">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        <line x1="0" x2={width} y1={height} y2={height} className="axis" />
        {bars.map(({ start, label, total, failed }, i) => (
          <g key={start}>
            <title>{`${label}: ${number(total)} ${words.total}, ${number(failed)} ${words.failed}`}</title>
            <rect x={i * step} width={step} y={0} height={height} className="hover" />
            <rect
              x={i * step + gap / 2}
              width={step - gap}
              y={height - scale(total)}
              height={scale(total)}
              className="total"
            />
            <rect
              x={i * step + gap / 2}
              width={step - gap}
              y={height - scale(failed)}
              height={scale(failed)}
              className="failed"
            />
          </g>
        ))}
      </svg>
      <div className="ends">
        <span>{bars[0]?.label}</span>
        <span>{t('highest: {{highest}}', { highest: number(highest) })}</span>
        <span>{bars.at(-1)?.label}</span>
      </div>
      <figcaption>
        <span className="key" data-part="total">
          {words.total}
        </span>
        <span className="key" data-part="failed">
          {words.failed}
        </span>
        <Figures bars={bars} words={words} summary={summary} />
      </figcaption>
    </figure>
  )
}

/** The same as a table; periods without requests have no row. */
function Figures({ bars, words, summary }: BarsProps) {
  return (
    <details>
      <summary>{t('As a table')}</summary>
      <table className="bars-table" aria-label={summary}>
        <thead>
          <tr>
            <th scope="col">{t('From')}</th>
            <th scope="col">{words.total}</th>
            <th scope="col">{words.failed}</th>
          </tr>
        </thead>
        <tbody>
          {bars
            .filter(({ total }) => total > 0)
            .map(({ start, total, failed }) => (
              <tr key={start}>
                <td>
                  <Instant at={start} />
                </td>
                <td>{number(total)}</td>
                <td>{number(failed)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </details>
  )
}
