import { lexer, type Token } from 'marked'
import { pathOf } from '../src/docs/chapters.ts'
import type { SearchEntry } from '../src/docs/guide.ts'
import { guideFiles, readGuide } from './files.ts'
import { readOperations } from './links.ts'
import { plainText, renderGuide } from './markdown.ts'

/** Everything in the documentation, in the order of the navigation, calls last. */
export function searchIndex(): SearchEntry[] {
  const sections = [...guideFiles()].flatMap(([guide, file]) => sectionsOf(guide, readGuide(file), file))
  const calls = readOperations().map(({ id, method, path, summary, description }) => ({
    to: `/docs/reference/${id}`,
    page: 'API reference',
    heading: `${method} ${path}`,
    text: [summary, description].filter(Boolean).join('. '),
  }))
  return [...sections, ...calls]
}

function sectionsOf(guide: string, source: string, file: string): SearchEntry[] {
  const { title, headings } = renderGuide(source, file)
  const path = pathOf(guide)
  const sections: SearchEntry[] = [{ to: path, page: title, heading: title, text: '' }]
  const ids = headings.values()
  for (const token of lexer(source)) {
    if (token.type === 'heading' && token.depth > 1) {
      const { id, text } = ids.next().value ?? { id: '', text: '' }
      sections.push({ to: `${path}#${id}`, page: title, heading: text, text: '' })
    } else if (token.type !== 'heading') {
      const section = sections.at(-1)
      if (section) section.text = `${section.text} ${textOf(token)}`.replace(/\s+/g, ' ').trim()
    }
  }
  return sections
}

function textOf(token: Token): string {
  if (token.type === 'html') return ''
  if (token.type === 'table') {
    const cells = [token.header, ...token.rows].flat()
    return cells.map(({ tokens }) => plainText(tokens)).join(' ')
  }
  if (token.type === 'list') return token.items.map((item: Token) => textOf(item)).join(' ')
  if (token.type === 'list_item') return (token.tokens ?? []).map(textOf).join(' ')
  return plainText([token])
}
