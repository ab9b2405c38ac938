import type { SearchEntry } from '../guide.ts'

export interface Hit {
  entry: SearchEntry
  /** The text around the first match. */
  excerpt: string
  /** Whether it matches every word. */
  isWhole: boolean
}

const hitsMax = 24
const excerptChars = 150

/**
 * Sections and calls in which every word of the query occurs, the best first: what has the words in its heading, then
 * in the title of its page, then in its text. Where nothing has all of them, what has most. The whole documentation has
 * some 100,000 characters, so that it is simply read through.
 */
export function find(entries: readonly SearchEntry[], query: string): Hit[] {
  const words = wordsOf(query)
  const scored = entries.map((entry) => ({ entry, ...scoreOf(entry, words, query.trim().toLowerCase()) }))
  const most = Math.max(0, ...scored.map(({ found }) => found))
  // One match of many words says little; half of them may be relevant.
  if (most === 0 || most < words.length / 2) return []
  return scored
    .filter(({ found }) => found === most)
    .sort((a, b) => b.score - a.score)
    .slice(0, hitsMax)
    .map(({ entry }) => ({ entry, excerpt: excerptOf(entry.text, words), isWhole: most === words.length }))
}

/** Words that a query can do without. */
const fillers = new Set(
  'a an and are can do does for how i if in is it my of on or the to what when where with'.split(' '),
)

export function wordsOf(query: string): string[] {
  const words = query
    .toLowerCase()
    .split(/[\s?]+/)
    .filter(Boolean)
  const telling = words.filter((word) => !fillers.has(word))
  return telling.length > 0 ? telling : words
}

/** How well an entry fits, and how many of the words it has. */
function scoreOf({ page, heading, text }: SearchEntry, words: readonly string[], phrase: string) {
  const [title, head, body] = [page.toLowerCase(), heading.toLowerCase(), text.toLowerCase()]
  let score = 0
  let found = 0
  for (const word of words) {
    const fits = placed(head, word) * 10 + placed(title, word) * 4 + placed(body, word)
    if (fits > 0) found++
    score += fits
  }
  if (head === phrase) score += 40
  if (head.includes(phrase)) score += 10
  if (body.includes(phrase)) score += 2
  return { score, found }
}

/** 2 where a word of the text begins with it, 1 where it stands within one, 0 where it does not occur. */
function placed(text: string, word: string): number {
  const at = text.indexOf(word)
  if (at < 0) return 0
  for (let i = at; i >= 0; i = text.indexOf(word, i + 1)) {
    if (i === 0 || !/[\p{L}\p{N}]/u.test(text[i - 1] ?? '')) return 2
  }
  return 1
}

function excerptOf(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase()
  const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0)
  const first = places.length === 0 ? 0 : Math.min(...places)
  const from = first < 60 ? 0 : lower.indexOf(' ', first - 50) + 1
  const to = from + excerptChars
  return `${from > 0 ? '… ' : ''}${text.slice(from, to)}${text.length > to ? ' …' : ''}`
}
