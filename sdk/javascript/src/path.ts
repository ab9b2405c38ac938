import { ConfigurationError } from './errors.ts'
import { shown } from './shown.ts'

/**
 * A path with ids in it, by their names. In plain JavaScript an id may be anything, and `..` would lead to another
 * resource.
 * @throws ConfigurationError
 */
export function path(pattern: string, ids: Readonly<Record<string, number | Segment>>): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[name]
    return id instanceof Segment ? id.text : checkedId(name, id)
  })
}

/** A path segment. @throws ConfigurationError */
export function textIn(name: string, text: unknown): Segment {
  return new Segment(name, text)
}

class Segment {
  readonly text: string

  constructor(name: string, text: unknown) {
    if (typeof text !== 'string' || /^\.{0,2}$|\p{Surrogate}/u.test(text))
      throw new ConfigurationError(`${name} must be a non-empty string, not ${shown(text)}.`)
    this.text = encodeURIComponent(text)
  }
}

/** An id from an address or a form is text. Longer numbers would not be the ones that were meant. */
function checkedId(name: string, id: unknown): string {
  const isInteger = typeof id === 'string' || Number.isSafeInteger(id)
  if (isInteger && /^[1-9]\d{0,15}$/.test(String(id))) return String(id)
  throw new ConfigurationError(`${name} must be a positive integer, not ${shown(id)}.`)
}
