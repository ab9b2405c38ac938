import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffLines } from '../src/diff/line-diff.ts'
import { diffSequences } from '../src/diff/sequence-diff.ts'
import { code, link, prefixed, type Tool, wrapped } from '../src/documents/markdown-edits.ts'

test('a difference leads from the old list to the new one with as few steps as there are', () => {
  const random = numbers(7)
  for (let round = 0; round < 2_000; round++) {
    const [before, after] = [listOf(random), listOf(random)]
    const steps = diffSequences(before, after)
    const without = (kind: string) => steps.filter((step) => step.kind !== kind).map(({ item }) => item)
    assert.deepEqual(without('added'), before)
    assert.deepEqual(without('removed'), after)
    assert.equal(steps.filter(({ kind }) => kind === 'same').length, longestCommon(before, after))
  }
})

test('two long texts with nothing in common are told apart without delay', () => {
  const [before, after] = ['a', 'b'].map((name) =>
    Array.from({ length: 20_000 }, (_, i) => `${name}${i}`).join('\n'),
  )
  const startedMs = Date.now()
  assert.equal(diffLines(before ?? '', after ?? '').length, 40_000)
  assert.ok(Date.now() - startedMs < 5_000)
})

test('lines keep their numbers, and within a line the words that changed are marked', () => {
  const lines = diffLines('One\nThe old house\nThree', 'One\nThe new house\nThree\nFour')
  assert.deepEqual(
    lines.map(({ kind, before, after, parts }) => [
      kind,
      before,
      after,
      parts.map(({ text, changed }) => (changed ? `[${text}]` : text)).join(''),
    ]),
    [
      ['same', 1, 1, 'One'],
      ['removed', 2, undefined, 'The [old] house'],
      ['added', undefined, 2, 'The [new] house'],
      ['same', 3, 3, 'Three'],
      ['added', undefined, 4, 'Four'],
    ],
  )
})

test('lines with little in common are shown whole', () => {
  const lines = diffLines('Nothing of this', 'Is left in there')
  assert.ok(lines.every(({ parts }) => parts.every(({ changed }) => !changed)))
})

test('a tool that is used twice takes itself back', () => {
  const tools: readonly Tool[] = [
    wrapped('**', 'bold'),
    wrapped('*', 'italic'),
    prefixed(() => '- ', /^[-*] /),
    prefixed((i) => `${i + 1}. `, /^\d+\. /),
  ]
  for (const tool of tools) {
    const once = used(tool, 'First line\nsecond line', 0, 22)
    assert.equal(used(tool, once.text, ...once.select).text, 'First line\nsecond line')
  }
  const both = used(wrapped('*', 'italic'), '**word**', 2, 6)
  assert.equal(both.text, '***word***')
  assert.equal(used(wrapped('**', 'bold'), both.text, ...both.select).text, '*word*')
})

test('a link keeps the selected words or address, and prompts for the other', () => {
  const words = used(link, 'see the guide', 8, 13)
  assert.equal(words.text, 'see the [guide](https://)')
  assert.equal(words.text.slice(...words.select), 'https://')
  const address = used(link, 'https://example.org/', 0, 20)
  assert.equal(address.text, '[text](https://example.org/)')
  assert.equal(address.text.slice(...address.select), 'text')
  assert.equal(used(code, 'a\nb', 0, 3).text, '```\na\nb\n```')
})

function used(tool: Tool, text: string, start: number, end: number) {
  const { from, to, insert, select } = tool({ text, start, end })
  return { text: text.slice(0, from) + insert + text.slice(to), select: [...select] as [number, number] }
}

/** The same numbers at every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

function listOf(random: (below: number) => number): number[] {
  return Array.from({ length: random(12) }, () => random(4))
}

function longestCommon(a: readonly number[], b: readonly number[]): number {
  const row = new Array<number>(b.length + 1).fill(0)
  for (const item of a) {
    let diagonal = 0
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0
      row[j] = item === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] ?? 0)
      diagonal = above
    }
  }
  return row[b.length] ?? 0
}
