import type { KeywordDefinition } from 'ajv'
import { readEmail } from '../lib/names/email-addresses.ts'
import { type ReadText, readLine, readLines, readOptionalLine, spellingOf } from '../lib/names/read-text.ts'
import { readUsername } from '../lib/names/usernames.ts'
import { searchTerms } from '../lib/words/search-words.ts'

/**
 * The keyword `text` of our schemas: what JSON Schema cannot say about a text. It is left out of the OpenAPI description,
 * which says it in words, and applies wherever a schema does: a single request, a batch, an import, the command line.
 * It replaces the text by the form in which it is stored and compared.
 */
const rules = {
  line: readLine,
  optionalLine: readOptionalLine,
  lines: readLines,
  username: readUsername,
  email: readEmail,
  words: readWords,
  spelling: (text: string): ReadText => ({ text: spellingOf(text) }),
}

export type TextRule = keyof typeof rules

/** What a text that does not match the `pattern` of its schema must be, after the name of the field in the error. */
export const patternErrorKeyword: KeywordDefinition = { keyword: 'patternError', schemaType: 'string' }

/** A name in lower case: an import takes it in any case, as it does the values of an enum. */
export const wordKeyword: KeywordDefinition = { keyword: 'word', schemaType: 'boolean' }

export const textKeyword: KeywordDefinition & { keyword: string } = {
  keyword: 'text',
  type: 'string',
  schemaType: 'string',
  modifying: true,
  errors: true,
  compile: (rule: TextRule, parentSchema) => {
    const { maxLength = Number.POSITIVE_INFINITY } = parentSchema as { maxLength?: number }
    const check = (
      text: string,
      place?: { parentData: Record<string, unknown>; parentDataProperty: string | number },
    ) => {
      const read = tooLongSafe(rules[rule](text), maxLength)
      check.errors = 'problem' in read ? [{ keyword: 'text', message: read.problem, params: {} }] : []
      if ('text' in read && place && read.text !== text)
        place.parentData[place.parentDataProperty] = read.text
      return 'text' in read
    }
    check.errors = [] as object[]
    return check
  },
}

/** Composition (NFC) makes a few letters longer. */
function tooLongSafe(read: ReadText, maxLength: number): ReadText {
  if ('problem' in read || read.text.length <= maxLength || [...read.text].length <= maxLength) return read
  return { problem: `must have at most ${maxLength} characters.` }
}

function readWords(text: string): ReadText {
  return searchTerms(text).length > 0 ? { text } : { problem: 'must have at least one letter or digit.' }
}
