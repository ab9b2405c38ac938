import { readText, storeText } from '../parts/stored.ts'

/** One file for each language, loaded when it is chosen. English is in the keys. */
const catalogs = import.meta.glob<Catalog>(['./*.json', '!./en.json'], {
  import: 'default',
})

type Catalog = Readonly<Record<string, string>>

const key = 'comserv.language'
const isBrowser = typeof document !== 'undefined'

export const languages: readonly string[] = [
  'en',
  ...Object.keys(catalogs).map((path) => path.slice('./'.length, -'.json'.length)),
]

/** The language of this page: the reader's choice, or else the first of the browser's that there is. */
export const language = isBrowser ? chosen() : 'en'

/** For numbers and dates: the browser's variant of the language, such as `en-GB` or `de-AT`. */
export const locale = (isBrowser && navigator.languages.find((one) => baseOf(one) === language)) || language

export async function catalogOf(language: string): Promise<Catalog> {
  return (await catalogs[`./${language}.json`]?.()) ?? {}
}

export function rememberLanguage(language: string): void {
  storeText(key, language)
}

/** In itself: `Deutsch`. */
export function nameOfLanguage(language: string): string {
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}

function chosen(): string {
  const wanted = [readText(key) ?? '', ...navigator.languages.map(baseOf)]
  return wanted.find((one) => languages.includes(one)) ?? 'en'
}

function baseOf(tag: string): string {
  return tag.split('-', 1)[0] ?? tag
}
