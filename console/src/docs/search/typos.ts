/** Short words have too many neighbours to guess. */
const charsMin = 4
const longChars = 8

/**
 * The known word that a misspelled one most probably is: one edit away, two for long words, where an edit inserts, drops,
 * replaces or swaps letters. Of several the first letter decides, then their order.
 */
export function corrected(word: string, known: ReadonlySet<string>): string | undefined {
  if (word.length < charsMin) return undefined
  const editsMax = word.length < longChars ? 1 : 2
  let best: { word: string; cost: number } | undefined
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > editsMax) continue
    const edits = distance(word, candidate)
    if (edits > editsMax) continue
    const cost = edits + (candidate[0] === word[0] ? 0 : 0.5)
    if (best === undefined || cost < best.cost) best = { word: candidate, cost }
  }
  return best?.word
}

/** Optimal string alignment: Levenshtein's distance, in which two letters that changed places are one edit. */
export function distance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, i) => i)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    ;[before, last] = [last, row]
  }
  return last[b.length] ?? 0
}
