import {
  cloneElement,
  createElement,
  Fragment,
  isValidElement,
  type ReactElement,
  type ReactNode,
} from 'react'
import { shown, template, type Values } from './t.ts'

interface Parts {
  count?: number
  readonly [name: string]: ReactElement | string | number | null | undefined
}

/**
 * A sentence with elements inside: `<link>text</link>` is the element `link` around the text, and `<time/>` the element
 * `time` as it is. Only the sentence is searched for tags, never what it is filled with.
 */
export function rich(key: string, parts: Parts): ReactNode {
  const elements = new Map<string, ReactElement>()
  const values: Record<string, string | number | null | undefined> = {}
  for (const [name, part] of Object.entries(parts)) {
    if (isValidElement(part)) elements.set(name, part)
    else values[name] = part
  }
  const texts = shown(values as Values)
  const filled = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => texts[name] ?? '')
  const nodes: ReactNode[] = []
  let at = 0
  const sentence = template(key, values as Values)
  for (const found of sentence.matchAll(/<(\w+)(?:\/>|>(.*?)<\/\1>)/g)) {
    const [whole, name = '', text] = found
    const element = elements.get(name)
    nodes.push(filled(sentence.slice(at, found.index)))
    nodes.push(element && text !== undefined ? cloneElement(element, {}, filled(text)) : element)
    at = found.index + whole.length
  }
  return createElement(Fragment, {}, ...nodes, filled(sentence.slice(at)))
}
