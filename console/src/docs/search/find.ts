import type { SearchEntry } from '../guide.ts'
import { synonyms } from './synonyms.ts'
import { corrected } from './typos.ts'

export interface Hit {
  entry: SearchEntry
  /** The text around the first match. */
  excerpt: string
  /** Whether it matches every word. */
  isWhole: boolean
  /** What to mark: the words of the query, what they stand for, and what was taken for a misspelled one. */
  words: readonly string[]
}

const hitsMax = 24
const excerptChars = 150
/** What has the word itself comes first. */
const synonymWeight = 0.7

/**
 * Sections and calls in which every word of the query occurs, the best first: what has the words in its heading, then
 * in the title of its page, then in its text. Where nothing has all of them, what has most. A word may be spelled wrong,
 * or stand for another one (`synonyms.ts`). The whole documentation has some 100,000 characters, so that it is simply
 * read through.
 */
export function find(entries: readonly SearchEntry[], query: string): Hit[] {
  const words = wordsOf(query).map((word) => meant(entries, word))
  const marked = words.flat()
  const scored = entries.map((entry) => ({ entry, ...scoreOf(entry, words, query.trim().toLowerCase()) }))
  const most = Math.max(0, ...scored.map(({ found }) => found))
  // One match of many words says little; half of them may be relevant.
  if (most === 0 || most < words.length / 2) return []
  return scored
    .filter(({ found }) => found === most)
    .sort((a, b) => b.score - a.score)
    .slice(0, hitsMax)
    .map(({ entry }) => ({
      entry,
      excerpt: excerptOf(entry.text, marked),
      isWhole: most === words.length,
      words: marked,
    }))
}

/** Words that a query can do without. */
const fillers = new Set(
  'a an and are can do does for how i if in is it my of on or the to what when where with'.split(' '),
)

function wordsOf(query: string): string[] {
  const words = query
    .toLowerCase()
    .split(/[\s?]+/)
    .filter(Boolean)
  const telling = words.filter((word) => !fillers.has(word))
  return telling.length > 0 ? telling : words
}

/** The word, and others that the documentation may have instead of it. */
function meant(entries: readonly SearchEntry[], word: string): readonly string[] {
  const same = synonymsOf(word)
  if (same.length > 0 || entries.some((entry) => textOf(entry).includes(word))) return [word, ...same]
  const right = corrected(word, vocabularyOf(entries))
  return right === undefined ? [word] : [right, ...synonymsOf(right)]
}

function synonymsOf(word: string): readonly string[] {
  return Object.hasOwn(synonyms, word) ? (synonyms[word] ?? []) : []
}

const vocabularies = new WeakMap<readonly SearchEntry[], ReadonlySet<string>>()

/** Every word of the documentation, and of the table of synonyms. */
function vocabularyOf(entries: readonly SearchEntry[]): ReadonlySet<string> {
  const known =
    vocabularies.get(entries) ??
    new Set([
      ...Object.keys(synonyms),
      ...entries.flatMap((entry) => textOf(entry).match(/[\p{L}\p{N}][\p{L}\p{N}_-]{2,}/gu) ?? []),
    ])
  vocabularies.set(entries, known)
  return known
}

function textOf({ page, heading, text }: SearchEntry): string {
  return `${page} ${heading} ${text}`.toLowerCase()
}

/** How well an entry fits, and how many of the words it has. Each word is given with what may stand for it. */
function scoreOf(
  { page, heading, text }: SearchEntry,
  words: readonly (readonly string[])[],
  phrase: string,
) {
  const [title, head, body] = [page.toLowerCase(), heading.toLowerCase(), text.toLowerCase()]
  let score = 0
  let found = 0
  for (const alternatives of words) {
    const fits = alternatives.map((word, i) => {
      const fit = placed(head, word) * 10 + placed(title, word) * 4 + placed(body, word)
      return i === 0 ? fit : fit * synonymWeight
    })
    const best = Math.max(...fits)
    if (best > 0) found++
    score += best
  }
  if (head === phrase) score += 40
  if (head.includes(phrase)) score += 10
  if (body.includes(phrase)) score += 2
  return { score, found }
}

/** 3 where it is a word of the text, 2 where one begins with it, 1 where it stands within one, 0 where it does not occur. */
function placed(text: string, word: string): number {
  let best = 0
  for (let i = text.indexOf(word); i >= 0 && best < 3; i = text.indexOf(word, i + 1)) {
    const begins = isEdge(text[i - 1])
    best = Math.max(best, begins && isEdge(text[i + word.length]) ? 3 : begins ? 2 : 1)
  }
  return best
}

function isEdge(char: string | undefined): boolean {
  return char === undefined || !/[\p{L}\p{N}]/u.test(char)
}

function excerptOf(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase()
  const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0)
  const first = places.length === 0 ? 0 : Math.min(...places)
  // A long word may leave no space before the match.
  const from = first < 60 ? 0 : Math.min(first, lower.indexOf(' ', first - 50) + 1)
  const to = from + excerptChars
  return `${from > 0 ? '… ' : ''}${text.slice(from, to)}${text.length > to ? ' …' : ''}`
}
