import { synonyms } from './synonyms.ts'
import { corrected } from './typos.ts'
import { rawWords, stemOf, stems, tellingWords } from './words.ts'

/** A word of the query, or several that mean one thing, with everything that may stand in the documentation for it. */
export interface Term {
  ways: readonly Way[]
}

export interface Way {
  /** Stems between spaces. */
  phrase: string
  weight: number
  /** Whether a longer word counts, too: queries are found while they are typed. */
  isBeginning: boolean
}

const synonymWeight = 0.7
const guessWeight = 0.9
/** Of a word that is known as it stands, and of one that is not. */
const beginningWeights = { known: 0.2, unknown: 0.8 }
const beginningCharsMin = 3

const byStems = new Map(Object.entries(synonyms).map(([words, meant]) => [stems(words).join(' '), meant]))
const synonymWordsMax = Math.max(...[...byStems.keys()].map((words) => words.split(' ').length))

export interface Vocabulary {
  words: ReadonlySet<string>
  stems: ReadonlySet<string>
}

export function vocabularyOf(texts: readonly string[]): Vocabulary {
  const words = new Set([...texts, ...Object.keys(synonyms)].flatMap(rawWords))
  return { words, stems: new Set([...words].map(stemOf)) }
}

export function termsOf(query: string, vocabulary: Vocabulary): Term[] {
  const words = tellingWords(query).map((word) => understood(word, vocabulary))
  const terms: Term[] = []
  for (let i = 0; i < words.length; ) {
    const length = knownPhraseAt(words, i)
    terms.push({ ways: waysOf(words.slice(i, i + length), vocabulary) })
    i += length
  }
  return terms
}

/** How many words from there on have synonyms together; 1 where none do. */
function knownPhraseAt(words: readonly Understood[], from: number): number {
  for (let length = Math.min(synonymWordsMax, words.length - from); length > 1; length--) {
    if (byStems.has(phraseOf(words.slice(from, from + length)))) return length
  }
  return 1
}

interface Understood {
  stem: string
  /** Less than 1 for what was guessed. */
  weight: number
}

function understood(word: string, { words, stems: known }: Vocabulary): Understood {
  const stem = stemOf(word)
  const isKnown = known.has(stem) || [...known].some((one) => one.startsWith(word))
  const right = isKnown ? undefined : corrected(word, words)
  return right === undefined ? { stem, weight: 1 } : { stem: stemOf(right), weight: guessWeight }
}

function waysOf(words: readonly Understood[], { stems: known }: Vocabulary): Way[] {
  const phrase = phraseOf(words)
  const weight = Math.min(...words.map((word) => word.weight))
  const beginning = known.has(phrase) ? beginningWeights.known : beginningWeights.unknown
  return [
    { phrase, weight, isBeginning: false },
    ...(phrase.length < beginningCharsMin ? [] : [{ phrase, weight: weight * beginning, isBeginning: true }]),
    ...(byStems.get(phrase) ?? []).map((meant) => ({
      phrase: stems(meant).join(' '),
      weight: weight * synonymWeight,
      isBeginning: false,
    })),
  ]
}

function phraseOf(words: readonly Understood[]): string {
  return words.map(({ stem }) => stem).join(' ')
}
