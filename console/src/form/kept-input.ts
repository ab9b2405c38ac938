/** Input that survives a reload, in this tab and for the same page. */

type Values = { readonly [field: string]: unknown }

/** Never stored in the browser. */
const secret = /password|secret|key|token|headers/i
const prefix = 'comserv.input '

const forms = new Set<() => void>()
let isKept = false

/** Stores what the forms of the page hold. Leaving the page needs no confirmation after that. */
export function keepInput(): void {
  for (const keep of forms) keep()
  isKept = true
}

export function isInputKept(): boolean {
  return isKept
}

/** @param changed returns the fields that differ from what was loaded @returns ends it */
export function offersInput(name: string, changed: () => Values): () => void {
  const keep = () => {
    const fields = Object.entries(changed()).filter(([field]) => !secret.test(field))
    if (fields.length > 0) sessionStorage.setItem(keyOf(name), JSON.stringify(Object.fromEntries(fields)))
  }
  forms.add(keep)
  return () => void forms.delete(keep)
}

/** Once: what is stored is removed. */
export function takeInput(name: string): Values | undefined {
  const text = sessionStorage.getItem(keyOf(name))
  if (text === null) return undefined
  sessionStorage.removeItem(keyOf(name))
  return JSON.parse(text)
}

/** Nothing is left for the next person who signs in in this tab. */
export function forgetInput(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key)
}

function keyOf(name: string): string {
  return `${prefix}${location.pathname} ${name}`
}
