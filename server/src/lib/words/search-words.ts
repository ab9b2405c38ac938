import { setImmediate as nextTurn } from 'node:timers/promises'
import { fold, iotaSubscript, isAscii } from './fold.ts'

/**
 * The words of a text for the search, the same for the index and for queries, on both databases. They are separated by
 * everything that is not a letter, a digit or a mark. Scripts without spaces between words are cut into pairs of characters,
 * so that a word inside a run is found; the last character stands alone, too, and every other one begins a pair.
 */

/** A longer word is known by its beginning; PostgreSQL accepts 2,046 bytes. */
const wordLengthMax = 200
/** Of all different words of a row; PostgreSQL accepts 1,048,575. */
const wordBytesMax = 1_040_000
/** Folded and cut without yielding: 4 to 8 ms of Chinese, 1 ms of English. */
const charactersAtOnce = 8_192

const spaceless = String.raw`\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Lana}\p{scx=Tale}\p{scx=Talu}\p{scx=Tavt}\p{scx=Bali}\p{scx=Java}`
const inRun = String.raw`[[\p{L}\p{N}\p{M}]&&[${spaceless}]]`
const inWord = String.raw`[[\p{L}\p{N}\p{M}]--[${spaceless}]]`
const anyWord = new RegExp(String.raw`${inRun}+|${inWord}+(?:['\u200c]${inWord}+)*`, 'gv')
const asciiWord = /[a-z0-9]+(?:'[a-z0-9]+)*/g
const beginsRun = new RegExp(`^${inRun}`, 'v')
const joint = /['\u200c]/
const joints = /['\u200c]/g

/** A word of a query. */
export interface SearchTerm {
  word: string
  /** Whether it may be the beginning of a longer one. */
  isBeginning: boolean
}

/** The words of a query, all of which must match. Empty when the text has no word. */
export function searchTerms(text: string): SearchTerm[] {
  const words = wordsIn(fold(text))
  return words.flatMap((word, i) => {
    if (isRun(word)) {
      const characters = [...word]
      return characters.length === 1
        ? [{ word, isBeginning: true }]
        : pairsOf(characters).map((pair) => ({ word: pair, isBeginning: false }))
    }
    const whole = word.replace(joints, '').replaceAll(iotaSubscript, 'ι')
    return [{ word: shortened(whole), isBeginning: i === words.length - 1 }]
  })
}

/** The words of some texts, for the index, separated by spaces; of very long texts as many different ones as fit. */
export async function indexedWords(texts: readonly (string | null)[]): Promise<string> {
  const plain = plainWords(texts)
  if (plain !== undefined) return plain
  const words = new WordList()
  for (const text of texts) {
    if (text === null) continue
    for (let from = 0; from < text.length && !words.isFull; ) {
      if (from > 0) await nextTurn()
      const end = endOfPart(text, from)
      addWords(words, fold(text.slice(from, end)))
      from = end
    }
  }
  return words.text
}

/**
 * The same for a few kilobytes of English, without a look at each word: words may repeat. A document of 2 KB takes 20
 * µs instead of 70.
 */
function plainWords(texts: readonly (string | null)[]): string | undefined {
  const text = texts.join(' ')
  if (text.length > charactersAtOnce || !isAscii.test(text)) return undefined
  const folded = text.toLowerCase()
  const words = folded.replace(asciiGap, ' ')
  if (hasTooLongWord(words)) return undefined
  if (!folded.includes("'")) return words
  const joined = folded.match(joinedWord)?.map((word) => shortened(word.replace(joints, ''))) ?? []
  return [words, ...joined].join(' ')
}

const asciiGap = /[^a-z0-9 ]/g
const joinedWord = /[a-z0-9]+(?:'[a-z0-9]+)+/g

/** A counting regular expression takes three times as long as all the rest. */
function hasTooLongWord(words: string): boolean {
  for (let from = 0; words.length - from > wordLengthMax; ) {
    const end = words.indexOf(' ', from)
    if (end === -1 || end - from > wordLengthMax) return true
    from = end + 1
  }
  return false
}

function addWords(list: WordList, folded: string): void {
  const words = wordsIn(folded)
  for (const word of folded.includes(iotaSubscript) ? words.flatMap(spellingsOf) : words) {
    if (isRun(word)) addRun(list, word)
    else if (joint.test(word)) {
      // Found by its parts, and as written without its joints.
      for (const part of word.split(joint)) list.add(shortened(part))
      list.add(shortened(word.replace(joints, '')))
    } else list.add(shortened(word))
  }
}

/** With each iota subscript as a letter, as full case folding has it, and without, as most people type. */
function spellingsOf(word: string): string[] {
  return ['ι', ''].map((iota) => word.replaceAll(iotaSubscript, iota)).filter(Boolean)
}

function addRun(list: WordList, run: string): void {
  let last = ''
  for (const character of run) {
    if (last !== '') list.add(last + character)
    last = character
  }
  list.add(last)
}

/** Distinct words, and all of them as one text. */
class WordList {
  text = ''
  isFull = false
  readonly #known = new Set<string>()
  #bytes = 0

  add(word: string): void {
    if (this.isFull || this.#known.has(word)) return
    this.#bytes += bytesOf(word) + 1
    this.isFull = this.#bytes > wordBytesMax
    if (this.isFull) return
    this.#known.add(word)
    this.text += this.text === '' ? word : ` ${word}`
  }
}

/** In UTF-8. For words this short, a call to the platform takes longer. */
function bytesOf(word: string): number {
  let bytes = word.length
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i)
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return bytes
}

function wordsIn(folded: string): string[] {
  return folded.match(isAscii.test(folded) ? asciiWord : anyWord) ?? []
}

function isRun(word: string): boolean {
  return word.charCodeAt(0) > 0x7f && beginsRun.test(word)
}

function pairsOf(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, i) => `${characters[i]}${character}`)
}

function shortened(word: string): string {
  if (word.length <= wordLengthMax) return word
  const cut = word.slice(0, wordLengthMax)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

const gap = /[^\p{L}\p{N}\p{M}\p{Cs}'’\u200b-\u200d]/u
const markOrHalf = /[\p{M}\p{Default_Ignorable_Code_Point}\udc00-\udfff]/u
/** How far back to look for a gap between words. */
const gapWithin = 2_000

/** Where a part that begins there ends: between two words, or failing that between two characters. */
function endOfPart(text: string, from: number): number {
  const full = from + charactersAtOnce
  if (full >= text.length) return text.length
  for (let end = full; end > full - gapWithin; end--) if (gap.test(text.charAt(end))) return end
  let end = full
  while (end > full - gapWithin && markOrHalf.test(text.charAt(end))) end--
  return end
}
