import { capitalised } from './shown-as.ts'

interface Named {
  name: string
  /** Its path: `documents`, or `x/NAME/invoices` of an extension. */
  plural: string
}

/** The name of its table. */
export function tableOf({ plural }: Pick<Named, 'plural'>): string {
  return plural.replaceAll('/', '_')
}

/** The plural in a sentence. */
export function wordOf({ plural }: Pick<Named, 'plural'>): string {
  return plural.split('/').at(-1) ?? plural
}

/** What its events and its actions in the audit log begin with: `x.NAME.invoice` of an extension. */
export function kindOf({ name, plural }: Named): string {
  const [x, extension] = plural.split('/')
  return extension === undefined ? name : `${x}.${extension}.${name}`
}

/** In the names of schemas and operations: `XNameInvoice` of an extension. */
export function titleOf({ plural }: Pick<Named, 'plural'>, word: string): string {
  return [...plural.split('/').slice(0, -1), word].map(capitalised).join('')
}
