import { type DiffLine, diffLines } from './diff-lines.ts'

const around = 3

/** Two texts line by line; what both have, far from any change, is folded away. */
export function Diff({ before, after }: { before: string; after: string }) {
  const lines = diffLines(before, after)
  if (lines.every(({ kind }) => kind === 'same'))
    return <p className="quiet diff-none">The text is the same.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
    <section className="diff" tabIndex={0} aria-label="Difference">
      {folded(lines).map((line, i) =>
        line === 'fold' ? (
          <div key={String(i)} className="fold">
            …
          </div>
        ) : (
          <div key={String(i)} data-kind={line.kind}>
            <span aria-hidden="true">
              {line.kind === 'added' ? '+' : line.kind === 'removed' ? '−' : ' '}
            </span>
            {line.kind === 'added' && <span className="off-screen">added: </span>}
            {line.kind === 'removed' && <span className="off-screen">removed: </span>}
            {line.text || ' '}
          </div>
        ),
      )}
    </section>
  )
}

function folded(lines: readonly DiffLine[]): (DiffLine | 'fold')[] {
  const isNear = (i: number) =>
    lines.slice(Math.max(0, i - around), i + around + 1).some(({ kind }) => kind !== 'same')
  return lines.flatMap((line, i): (DiffLine | 'fold')[] => {
    if (line.kind !== 'same' || isNear(i)) return [line]
    return i === 0 || isNear(i - 1) || lines[i - 1]?.kind !== 'same' ? ['fold'] : []
  })
}
