import { inspect } from 'node:util'

/** A caller has to be told why in words. @throws TypeError, a mistake of the extension */
export function requireSentence(sentence: unknown): void {
  if (sentence === undefined || typeof sentence === 'string') return
  const given = inspect(sentence, { depth: 0, breakLength: Infinity }).slice(0, 100)
  throw new TypeError(`refuse() takes the sentence that the caller gets, a text; it got ${given}.`)
}
