import { Button, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import { t } from '../i18n/t.ts'
import { diffLines, type Line } from './line-diff.ts'
import './diff.css'

/** Unchanged lines of context around a change. */
const contextLines = 3
/** Fewer are not worth hiding. */
const hiddenMin = 4

interface Props {
  before: string
  after: string
  /** The names of the two texts for screen readers: `Version 3 and version 5`. */
  label: string
}

/** Two texts, line by line. Colour only repeats the signs. */
export function DiffView({ before, after, label }: Props) {
  const lines = useMemo(() => diffLines(before, after), [before, after])
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const added = lines.filter(({ kind }) => kind === 'added').length
  const removed = lines.filter(({ kind }) => kind === 'removed').length
  if (added + removed === 0) return <Text c="dimmed">{t('The text is the same.')}</Text>
  return (
    <section aria-label={label}>
      <Text size="sm" mb="xs">
        {t('{{removed}} removed, {{added}} added', { removed: countOf(removed), added: countOf(added) })}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse */}
      <div className="diff-frame" tabIndex={0}>
        <table className="diff">
          <thead className="diff-head">
            <tr>
              <th scope="col">{t('Line before')}</th>
              <th scope="col">{t('Line after')}</th>
              <th scope="col">{t('Change', { context: 'noun' })}</th>
              <th scope="col">{t('Text')}</th>
            </tr>
          </thead>
          <tbody>
            {passagesOf(lines).map(({ from, to, isHidden }) =>
              isHidden && !opened.has(from) ? (
                <tr key={from}>
                  <td colSpan={4} className="diff-hidden">
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      onClick={() => setOpened(new Set([...opened, from]))}
                    >
                      {t('Show {{lines}} without changes', { lines: countOf(to - from) })}
                    </Button>
                  </td>
                </tr>
              ) : (
                lines.slice(from, to).map((line, i) => <Row key={from + i} line={line} />)
              ),
            )}
          </tbody>
        </table>
      </div>
    </section>
  )
}

const signs = { same: '', removed: '−', added: '+' } as const
const spoken = { same: t('stays'), removed: t('removed'), added: t('added') } as const

function Row({ line: { kind, before, after, parts } }: { line: Line }) {
  const Tag = kind === 'removed' ? 'del' : kind === 'added' ? 'ins' : 'span'
  return (
    <tr data-kind={kind}>
      <td className="diff-number">{before}</td>
      <td className="diff-number">{after}</td>
      <td className="diff-sign">
        <span aria-hidden="true">{signs[kind]}</span>
        <span className="off-screen">{spoken[kind]}</span>
      </td>
      <td className="diff-text" dir="auto">
        <Tag>{parts.map(({ text, changed }, i) => (changed ? <mark key={i}>{text}</mark> : text))}</Tag>
      </td>
    </tr>
  )
}

/** Runs of lines to show, and runs of unchanged lines to hide. */
function passagesOf(lines: readonly Line[]): { from: number; to: number; isHidden: boolean }[] {
  const near = new Uint8Array(lines.length)
  lines.forEach(({ kind }, i) => {
    if (kind !== 'same') near.fill(1, Math.max(0, i - contextLines), i + contextLines + 1)
  })
  const passages: { from: number; to: number; isHidden: boolean }[] = []
  for (let from = 0; from < lines.length; ) {
    let to = from
    while (to < lines.length && near[to] === near[from]) to++
    passages.push({ from, to, isHidden: near[from] === 0 && to - from >= hiddenMin })
    from = to
  }
  return passages
}

function countOf(lines: number): string {
  return t('{{count}} lines', { count: lines })
}
