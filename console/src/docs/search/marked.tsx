/** A text with the search words highlighted. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const pattern = new RegExp(`(${words.map(literal).join('|')})`, 'gi')
  return text.split(pattern).map((part, i) =>
    // Every second part is a match.
    i % 2 === 1 ? <mark key={i}>{part}</mark> : part,
  )
}

function literal(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
