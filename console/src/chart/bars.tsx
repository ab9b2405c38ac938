/** One bar: what went well, and on top of it what did not. */
export interface Bar {
  label: string
  total: number
  failed: number
}

const width = 720
const height = 160
const gap = 2

/** Drawn by hand: forty lines do what a library of 100 KB would, and its words are those of the page. */
export function Bars({ bars, summary }: { bars: readonly Bar[]; summary: string }) {
  const highest = Math.max(1, ...bars.map(({ total }) => total))
  const step = width / Math.max(1, bars.length)
  const scale = (count: number) => (count / highest) * (height - 4)
  return (
    <figure className="bars">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        <line x1="0" x2={width} y1={height} y2={height} className="axis" />
        {bars.map(({ label, total, failed }, i) => (
          <g key={label}>
            <title>{`${label}: ${total} requests, ${failed} of them failed`}</title>
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
        <span>highest: {highest.toLocaleString()}</span>
        <span>{bars.at(-1)?.label}</span>
      </div>
    </figure>
  )
}
