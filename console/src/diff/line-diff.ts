import { diffSequences, type Step } from './sequence-diff.ts'

export interface Part {
  text: string
  changed: boolean
}

/** A line with its numbers in the old and the new text, if it is in them. */
export interface Line {
  kind: 'same' | 'removed' | 'added'
  before: number | undefined
  after: number | undefined
  parts: readonly Part[]
}

/** A line of prose is a whole paragraph, so that the words that changed are marked within it; in longer ones they are not. */
const wordsMax = 2_000
/** Below this share of common words two lines are two lines, and marks would only confuse. */
const likenessMin = 0.3

export function diffLines(before: string, after: string): Line[] {
  const steps = diffSequences(before.split('\n'), after.split('\n'))
  const lines: Line[] = []
  const numbers = { before: 1, after: 1 }
  for (let i = 0; i < steps.length; ) {
    const step = steps[i] as Step<string>
    if (step.kind === 'same') {
      lines.push({
        kind: 'same',
        before: numbers.before++,
        after: numbers.after++,
        parts: [{ text: step.item, changed: false }],
      })
      i++
      continue
    }
    const end = steps.findIndex(({ kind }, at) => at > i && kind === 'same')
    const passage = steps.slice(i, end === -1 ? steps.length : end)
    lines.push(...changedPassage(passage, numbers))
    i += passage.length
  }
  return lines
}

/** All removed lines, then all added ones, paired in order. */
function changedPassage(
  passage: readonly Step<string>[],
  numbers: { before: number; after: number },
): Line[] {
  const removed = passage.filter(({ kind }) => kind === 'removed').map(({ item }) => item)
  const added = passage.filter(({ kind }) => kind === 'added').map(({ item }) => item)
  const pairs = removed.map((old, i) => (added[i] === undefined ? undefined : diffWords(old, added[i])))
  return [
    ...removed.map((text, i) => ({
      kind: 'removed' as const,
      before: numbers.before++,
      after: undefined,
      parts: pairs[i]?.before ?? [{ text, changed: false }],
    })),
    ...added.map((text, i) => ({
      kind: 'added' as const,
      before: undefined,
      after: numbers.after++,
      parts: pairs[i]?.after ?? [{ text, changed: false }],
    })),
  ]
}

/** @returns undefined when the lines have too little in common, or are too long */
function diffWords(before: string, after: string): { before: Part[]; after: Part[] } | undefined {
  const [old, fresh] = [wordsOf(before), wordsOf(after)]
  if (old.length > wordsMax || fresh.length > wordsMax) return undefined
  const steps = diffSequences(old, fresh)
  const common = steps.filter(({ kind, item }) => kind === 'same' && item.trim() !== '').length
  const words = Math.max(...[old, fresh].map((list) => list.filter((word) => word.trim() !== '').length))
  if (words === 0 || common / words < likenessMin) return undefined
  return { before: partsOf(steps, 'removed'), after: partsOf(steps, 'added') }
}

function wordsOf(line: string): string[] {
  return line.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []
}

function partsOf(steps: readonly Step<string>[], changedKind: 'removed' | 'added'): Part[] {
  const parts: Part[] = []
  for (const { kind, item } of steps) {
    if (kind !== 'same' && kind !== changedKind) continue
    const changed = kind === changedKind
    const last = parts.at(-1)
    if (last?.changed === changed) last.text += item
    else parts.push({ text: item, changed })
  }
  return parts
}
