import type { SearchEntry } from '../guide.ts'
import { beginningOf } from './beginning.ts'
import { fieldNames, type Reading, readingOf } from './reading.ts'
import { type Term, termsOf, type Way } from './terms.ts'

export interface Hit {
  entry: SearchEntry
  /** The text around the first match. */
  excerpt: string
  /** Whether it matches every word. */
  isWhole: boolean
  /** Beginnings of words to mark: those of the query, what they stand for, and what was taken for a misspelled one. */
  words: readonly string[]
}

const hitsMax = 24
const excerptChars = 150
/** What fits so much worse than the best is noise. */
const worthShowing = 0.12
/** The higher, the more a repeated word adds. */
const saturation = 2
/** What has the whole query as its heading, or within it. */
const headingBonus = { same: 2, within: 1.4 }

/**
 * Sections and endpoints for a query, the best first. Rare words count for more than frequent ones, and words in short
 * headings for more than in long texts (BM25F); what lacks a word of the query falls behind. The documentation has some
 * 250,000 characters, so that it is simply read through.
 */
export function find(entries: readonly SearchEntry[], query: string): Hit[] {
  const reading = readingOf(entries)
  const terms = termsOf(query, reading.vocabulary)
  const scored = scoresOf(terms, reading)
  const most = Math.max(0, ...scored.map(({ found }) => found))
  // One match of many words says little; half of them may be relevant.
  if (most === 0 || most < terms.length / 2) return []
  const phrase = ` ${terms.map(({ ways }) => ways[0]?.phrase).join(' ')} `
  const meant = terms.length === 1 ? (terms[0]?.ways ?? []).map((way) => ` ${way.phrase} `) : []
  const ranked = entries
    .map((entry, i) => {
      const { score, found } = scored[i] ?? { score: 0, found: 0 }
      const share = (found / terms.length) ** 3
      return {
        entry,
        found,
        score: score * share * standing(entry, reading.titles[i] ?? [], { phrase, meant }, query),
      }
    })
    .sort((a, b) => b.score - a.score)
  const least = worthShowing * (ranked[0]?.score ?? 0)
  const words = terms.flatMap(({ ways }) => ways.map((way) => way.phrase))
  return ranked
    .filter(({ score }) => score > 0 && score >= least)
    .slice(0, hitsMax)
    .map(({ entry, found }) => ({
      entry,
      excerpt: excerptOf(entry.text, phrase.trim(), words),
      isWhole: found === terms.length,
      words,
    }))
}

function scoresOf(terms: readonly Term[], reading: Reading): { score: number; found: number }[] {
  const scores = reading.texts.map(() => ({ score: 0, found: 0 }))
  for (const { ways } of terms) {
    const fits = ways.map((way) => fitsOf(way, reading))
    const best = scores.map((_, i) => Math.max(...fits.map((fit) => fit[i] ?? 0)))
    const having = best.filter((fit) => fit > 0).length
    const rarity = Math.log(1 + (best.length - having + 0.5) / (having + 0.5))
    for (const [i, at] of scores.entries()) {
      const fit = best[i] ?? 0
      if (fit > 0) at.found++
      at.score += fit * rarity
    }
  }
  return scores
}

/** How well each entry fits one way of saying a word, from 0 to 1. */
function fitsOf({ phrase, weight, isBeginning }: Way, { texts, weights }: Reading): number[] {
  const wanted = isBeginning ? ` ${phrase}` : ` ${phrase} `
  return texts.map((text, i) => {
    const count = fieldNames.reduce(
      (sum, name) => sum + countOf(text[name], wanted) * (weights[i]?.[name] ?? 0),
      0,
    )
    return (weight * count) / (saturation + count)
  })
}

function countOf(text: string, wanted: string): number {
  let count = 0
  // The space at the end is the one before the next word.
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length - 1)) count++
  return count
}

/**
 * What has the query as its title comes first, then what has it within, or another word for it as its title. Paths and
 * names lead to endpoints and settings; for words, guides say more than these and the overview, and the changelog
 * mentions everything.
 */
function standing(
  { kind, to }: SearchEntry,
  titles: readonly string[],
  { phrase, meant }: { phrase: string; meant: readonly string[] },
  query: string,
): number {
  if (titles.includes(phrase)) return headingBonus.same
  const bonus = titles.some((title) => title.includes(phrase) || meant.includes(title))
    ? headingBonus.within
    : 1
  if (to.startsWith('/docs/changelog')) return bonus * 0.25
  if (kind === 'endpoint') return query.includes('/') ? bonus : bonus * 0.6
  if (kind === 'setting') return query.includes('_') ? bonus : bonus * 0.4
  return to.startsWith('/#') ? bonus * 0.85 : bonus
}

/** Around the whole query if it is there, else around the first of its words. */
function excerptOf(text: string, phrase: string, words: readonly string[]): string {
  const lower = text.toLowerCase()
  const placesOf = (all: readonly string[]) =>
    all.map((word) => lower.search(beginningOf(word))).filter((at) => at >= 0)
  const [whole] = placesOf([phrase])
  const first = whole ?? Math.min(...placesOf(words), text.length)
  // A long word may leave no space before the match.
  const from = first < 60 || first === text.length ? 0 : Math.min(first, lower.indexOf(' ', first - 50) + 1)
  const to = from + excerptChars
  return `${from > 0 ? '… ' : ''}${text.slice(from, to)}${text.length > to ? ' …' : ''}`
}
