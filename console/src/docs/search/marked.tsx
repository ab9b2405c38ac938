import { beginningOf } from './beginning.ts'

/** A text in which words are highlighted that begin as one of these. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const pattern = new RegExp(`(${words.map((word) => beginningOf(word).source).join('|')})`, 'giu')
  return text.split(pattern).map((part, i) =>
    // Every second part is a match.
    i % 2 === 1 ? <mark key={i}>{part}</mark> : part,
  )
}
