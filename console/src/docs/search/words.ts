/** The words of a text as the search compares them: folded, and without the endings of English grammar. */
export function stems(text: string): string[] {
  return rawWords(text).map(stemOf)
}

export function rawWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

/** Those that say what it is about, or all if none does. */
export function tellingWords(text: string): string[] {
  const all = rawWords(text)
  const telling = all.filter((word) => !fillers.has(word))
  return telling.length > 0 ? telling : all
}

/** Words that a query can do without. */
const fillers = new Set(
  'a about an and are at be by can do does for from get happens has have how i if in into is it me my no not of on or should somebody someone that the there this to use used using via want was we what when where which why will with without you your'.split(
    ' ',
  ),
)

const charsMin = 3

/**
 * What `retry`, `retries` and `retrying` share, or `rotate`, `rotates` and `rotation`. A stem is always the beginning of
 * its word, so that it can be marked in a text.
 */
export function stemOf(word: string): string {
  if (!/^[a-z]+$/.test(word)) return word
  const singular =
    cut(word, /(?<=s|x|z|ch|sh)es$/) ?? cut(word, /ies$/) ?? cut(word, /(?<![suiy])s$|(?<=[aeo]y)s$/)
  const one = singular ?? word
  const plain = cut(one, /ication$|ied$/) ?? cut(one, /(?<=[ts])ion$/) ?? withoutParticiple(one) ?? one
  return cut(plain, /(?<![aeiou])y$/) ?? cut(plain, /e$/, charsMin + 1) ?? plain
}

function withoutParticiple(word: string): string | undefined {
  const stem = cut(word, /ing$|ed$/)
  // `stopped`, but not `called`, `passed`.
  return stem?.replace(/([^aeioulsz])\1$/, '$1')
}

/** @returns undefined where nothing is to be cut, or no word would be left */
function cut(word: string, ending: RegExp, min = charsMin): string | undefined {
  const stem = word.replace(ending, '')
  return stem !== word && stem.length >= min && /[aeiouy]/.test(stem) ? stem : undefined
}
