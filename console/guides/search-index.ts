import { lexer, type Token, type Tokens } from 'marked'
import { pathOf } from '../src/docs/chapters.ts'
import type { SearchEntry } from '../src/docs/guide.ts'
import { guideFiles, readGuide } from './files.ts'
import { readOperations } from './links.ts'
import { plainText, renderGuide } from './markdown.ts'
import { withoutOrigin } from './origin.ts'
import { settingId } from './tables.ts'

/** Everything in the documentation, in the order of the navigation, endpoints last. */
export function searchIndex(): SearchEntry[] {
  const sections = [...guideFiles()].flatMap(([guide, file]) => sectionsOf(guide, readGuide(file), file))
  const endpoints = readOperations().map(({ id, method, path, summary, description }) => ({
    kind: 'endpoint' as const,
    to: `/docs/reference/${id}`,
    page: summary,
    heading: `${method} ${path}`,
    text: description,
  }))
  return [...sections, reference, ...endpoints]
}

const reference: SearchEntry = {
  kind: 'section',
  to: '/docs/reference',
  page: 'API reference',
  heading: 'API reference',
  text: 'Every endpoint with its parameters, bodies, responses and samples, made from the OpenAPI description.',
}

/** Its rows are found one by one; other guides have some of them again. */
const configuration = 'configuration'

function sectionsOf(guide: string, source: string, file: string): SearchEntry[] {
  const { title, headings } = renderGuide(source, file)
  const path = pathOf(guide)
  const sections: SearchEntry[] = [{ kind: 'section', to: path, page: title, heading: title, text: '' }]
  const settings: SearchEntry[] = []
  const ids = headings.values()
  for (const token of lexer(source)) {
    const section = sections.at(-1)
    if (token.type === 'heading' && token.depth > 1) {
      const { id, text } = ids.next().value ?? { id: '', text: '' }
      sections.push({ kind: 'section', to: `${path}#${id}`, page: title, heading: text, text: '' })
    } else if (token.type === 'table' && section) {
      for (const row of token.rows as Tokens.TableCell[][]) {
        const id = guide === configuration ? settingId(row) : undefined
        const [name = '', ...meaning] = row.map(({ tokens }) => plainText(tokens))
        if (id === undefined) section.text += ` ${[name, ...meaning].join(' ')}`
        else
          settings.push({
            kind: 'setting',
            to: `${path}#${id}`,
            page: title,
            heading: name,
            text: meaning.join('. '),
          })
      }
    } else if (token.type !== 'heading' && section) section.text += ` ${textOf(token)}`
  }
  return [...sections, ...settings].map((entry) => ({
    ...entry,
    text: withoutOrigin(entry.text).replace(/\s+/g, ' ').trim(),
  }))
}

function textOf(token: Token): string {
  if (token.type === 'html') return ''
  if (token.type === 'list') return token.items.map((item: Token) => textOf(item)).join(' ')
  if (token.type === 'list_item') return (token.tokens ?? []).map(textOf).join(' ')
  return plainText([token])
}
