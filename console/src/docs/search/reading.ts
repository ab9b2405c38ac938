import type { SearchEntry } from '../guide.ts'
import { type Vocabulary, vocabularyOf } from './terms.ts'
import { stemOf, stems, tellingWords } from './words.ts'

export type Field = 'heading' | 'page' | 'text'

/** What a word counts for by where it stands, and how much of that the length of the field takes away. */
const rules: Readonly<Record<Field, { weight: number; byLength: number }>> = {
  heading: { weight: 8, byLength: 0.6 },
  page: { weight: 3, byLength: 0.5 },
  text: { weight: 1, byLength: 0.7 },
}

export const fieldNames = Object.keys(rules) as Field[]

/** The documentation as the search reads it, made once for all queries. */
export interface Reading {
  /** Per entry, the stems of each field, between spaces. */
  texts: readonly Readonly<Record<Field, string>>[]
  /** Per entry, what it may be called: its heading, the summary of an endpoint, at the start of a page the name in its address. */
  titles: readonly (readonly string[])[]
  /** Per entry, what one word counts for in each field. */
  weights: readonly Readonly<Record<Field, number>>[]
  vocabulary: Vocabulary
}

const readings = new WeakMap<readonly SearchEntry[], Reading>()

export function readingOf(entries: readonly SearchEntry[]): Reading {
  const reading = readings.get(entries) ?? read(entries)
  readings.set(entries, reading)
  return reading
}

function read(entries: readonly SearchEntry[]): Reading {
  const words = entries.map((entry) => ({
    heading: stems(entry.heading),
    // The name in the address is another word for what the page is about.
    page: stems(`${entry.page} ${nameOf(entry.to)}`),
    text: stems(entry.text),
  }))
  const averages = each(
    (name) => words.reduce((sum, one) => sum + one[name].length, 0) / Math.max(1, words.length),
  )
  return {
    texts: words.map((one) => each((name) => ` ${one[name].join(' ')} `)),
    titles: entries.map((entry) => titlesOf(entry).map((words) => ` ${words.join(' ')} `)),
    weights: words.map((one) =>
      each((name) => {
        const { weight, byLength } = rules[name]
        return weight / (1 - byLength + (byLength * one[name].length) / Math.max(1, averages[name]))
      }),
    ),
    vocabulary: vocabularyOf(entries.flatMap(({ page, heading, text }) => [page, heading, text])),
  }
}

function titlesOf({ kind, to, page, heading }: SearchEntry): string[][] {
  // `NO_PROXY` is not about a proxy.
  if (kind === 'setting') return [stems(heading)]
  const further = kind === 'endpoint' ? [page] : to.includes('#') ? [] : [nameOf(to)]
  return [heading, ...further].map((title) => tellingWords(title).map(stemOf))
}

/** `narrowing` of `/docs/narrowing#rules`. */
function nameOf(to: string): string {
  return /^\/docs\/([^#/]+)/.exec(to)?.[1] ?? ''
}

function each<T>(make: (name: Field) => T): Record<Field, T> {
  return { heading: make('heading'), page: make('page'), text: make('text') }
}
