import { createInstance } from 'i18next'
import en from './en.json' with { type: 'json' }
import { number } from './format.ts'
import { catalogOf, language } from './language.ts'

/** What a sentence is filled with. `count` decides between singular and plural, and is formatted; the rest is not. */
export interface Values {
  count?: number
  /** Tells apart what English has one word for: `t('About', { context: 'person' })` is `About_person` in a catalog. */
  context?: string
  readonly [name: string]: string | number | null | undefined
}

const i18n = createInstance()
void i18n.init({
  lng: language,
  fallbackLng: 'en',
  resources: { en: { translation: en } },
  initAsync: false,
  // The keys are English sentences.
  keySeparator: false,
  nsSeparator: false,
  // React escapes.
  interpolation: { escapeValue: false },
})

/**
 * The sentence in the language of the page. The key is the sentence in English; one with `{{count}}` is in the plural, and
 * `en.json` has the singular. Modules that call it are loaded after `loadCatalog`.
 */
export function t(key: string, values?: Values): string {
  return values ? i18n.t(key, { ...decisive(values), replace: shown(values) }) : i18n.t(key)
}

/** The same with its placeholders and tags. */
export function template(key: string, values: Values): string {
  return i18n.t(key, { ...decisive(values), skipInterpolation: true })
}

export function shown({ count, ...values }: Values): Record<string, string> {
  const texts = Object.entries(values).map(([name, value]) => [name, String(value ?? '')])
  return { ...Object.fromEntries(texts), ...(count === undefined ? {} : { count: number(count) }) }
}

/** Before the application is loaded. Without its catalog, because the server is unreachable, the page is in English. */
export async function loadCatalog(): Promise<void> {
  try {
    i18n.addResourceBundle(language, 'translation', await catalogOf(language))
    document.documentElement.lang = language
  } catch {
    await i18n.changeLanguage('en')
  }
}

/** What decides which sentence it is. */
function decisive({ count, context }: Values): { count?: number; context?: string } {
  return { ...(count === undefined ? {} : { count }), ...(context === undefined ? {} : { context }) }
}
