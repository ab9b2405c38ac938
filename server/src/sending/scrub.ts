/** Shorter values are not hidden: they can be guessed, and would make every response unreadable. */
const charactersMin = 4
/** Of a word in a value, such as the token after `Bearer`. */
const wordCharactersMin = 8

/** Stands for a value that is not shown. */
export const hidden = '[hidden]'

/** Hides values in a text. @param isCut whether the text may end inside a value */
export type Scrub = (text: string, isCut?: boolean) => string

/**
 * A receiver may echo what it was sent, and those who see its responses need not know the secret and the header fields of
 * the webhook. These are hidden there in any case and script: as they are, escaped for JSON, HTML or a URL, in base64 at
 * any offset, and in hexadecimal digits.
 *
 * Only ASCII letters and digits are compared, after escapes are decoded: all that these forms change is the characters in
 * between. Punctuation at the end of a value may therefore remain. A regular expression for all of them took 16 ms to compile, and 1 s for a value of 4,000 characters.
 */
export function scrubbing(values: readonly string[]): Scrub {
  const parts = [...new Set(values.flatMap(partsOf))]
  const needles = [...new Set(parts.flatMap(formsOf).map(plain))].filter(
    (needle) => needle.length >= charactersMin,
  )
  // A value that is nearly all punctuation or of another script is compared as it stands.
  const exact = parts.filter((part) => plain(part).length < charactersMin)
  return (text, isCut = false) => {
    let scrubbed = text
    for (const part of exact) scrubbed = scrubbed.replaceAll(part, hidden)
    const letters = lettersOf(scrubbed)
    const found = needles.flatMap((needle) => placesOf(needle, letters.text))
    if (isCut) found.push(...beginningAtEnd(needles, letters.text))
    return withoutPlaces(scrubbed, letters, found)
  }
}

/** The value, what follows the scheme in it, its longer words, and the user name and password in it if it is for Basic authentication. */
function partsOf(value: string): string[] {
  const words = value.split(/[\s;,=&"]+/).filter((word) => word.length >= wordCharactersMin)
  const credentials = value.slice(value.indexOf(' ') + 1)
  const [, encoded] = /^basic +(\S+)$/i.exec(value) ?? []
  const login = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString()
  const key = value.startsWith('whsec_') ? value.slice('whsec_'.length) : ''
  const decoded = key === '' ? '' : Buffer.from(key, 'base64').toString('latin1')
  return [value, credentials, ...words, login, login.slice(login.indexOf(':') + 1), key, decoded].filter(
    (part) => part.length >= charactersMin,
  )
}

/** Base64 of a longer text has digits that depend on this part of it alone, at one of three offsets. */
function formsOf(part: string): string[] {
  const bytes = Buffer.from(part)
  const base64 = [0, 1, 2].map((offset) => {
    const digits = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return digits.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  })
  return [part, bytes.toString('hex'), ...base64]
}

function plain(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z]/g, '').toLowerCase()
}

/** The letters and digits of a text, with the place of each. */
interface Letters {
  text: string
  /** Where each begins in the whole text, and ends. */
  starts: number[]
  ends: number[]
}

/** One escaped character, perhaps escaped several times over: `%2520`, `\\u0020`, `&amp;#32;`. */
const escaped =
  /%(?:25)*([0-9a-f]{2})|\\+(?:u00|x)([0-9a-f]{2})|\\+u[0-9a-f]{4}|&(?:amp;)*(?:#0*(\d{1,7})|#x0*([0-9a-f]{1,6})|[a-z]{2,6});/iy

function lettersOf(whole: string): Letters {
  const starts: number[] = []
  const ends: number[] = []
  const codes: number[] = []
  for (let i = 0; i < whole.length; ) {
    let code = whole.charCodeAt(i)
    let end = i + 1
    if (code === percent || code === backslash || code === ampersand) {
      escaped.lastIndex = i
      const [all = ' ', url, script, decimal, hex] = escaped.exec(whole) ?? []
      code = decimal === undefined ? Number.parseInt(url ?? script ?? hex ?? '0', 16) : Number(decimal)
      end = i + all.length
    }
    if (isLetterOrDigit(code)) {
      codes.push(code)
      starts.push(i)
      ends.push(end)
    }
    i = end
  }
  return { text: Buffer.from(codes).toString('latin1').toLowerCase(), starts, ends }
}

const [percent, backslash, ampersand] = [0x25, 0x5c, 0x26]

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

type Place = [from: number, to: number]

function placesOf(needle: string, text: string): Place[] {
  const places: Place[] = []
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length))
    places.push([at, at + needle.length])
  return places
}

function beginningAtEnd(needles: readonly string[], text: string): Place[] {
  return needles.flatMap((needle): Place[] => {
    for (let length = Math.min(needle.length - 1, text.length); length >= charactersMin; length--)
      if (text.endsWith(needle.slice(0, length))) return [[text.length - length, text.length]]
    return []
  })
}

function withoutPlaces(whole: string, { starts, ends }: Letters, places: readonly Place[]): string {
  let shown = ''
  let seen = 0
  for (const [from, to] of places.toSorted(([a], [b]) => a - b)) {
    const start = starts[from] ?? whole.length
    const end = ends[to - 1] ?? whole.length
    if (start > seen || seen === 0) shown += whole.slice(seen, start) + hidden
    seen = Math.max(seen, end)
  }
  return shown + whole.slice(seen)
}
