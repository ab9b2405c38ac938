import { Marked, type Token, type Tokens } from 'marked'
import { type Guide, type Heading, supportMark } from '../src/docs/guide.ts'
import { highlighted } from './highlight.ts'
import { operationFinder, screenNamed, siteAddress } from './links.ts'
import { withOrigin } from './origin.ts'
import { type SampleTabs, sampleTabs, tabLabel, withSampleTabs } from './sample-tabs.ts'
import { supportComment } from './support.ts'
import { escaped, framed, tableOf } from './tables.ts'

/**
 * Makes HTML of a guide when the site is built. Nothing of the source is HTML already: a guide that holds any fails the
 * build, as does a link that leads nowhere and a language that nobody can colour.
 */
export function renderGuide(source: string, file: string): Guide {
  const headings: Heading[] = []
  /** What each table stands under; a second one at the same place gets a number. */
  const tables: string[] = []
  let title = ''
  /** Inside a link, what would become another one stays text. */
  let linked = false
  const operationOf = operationFinder()
  let groups = 0
  const marked = new Marked({
    hooks: { processAllTokens: (tokens) => withSampleTabs(tokens) },
    extensions: [
      {
        name: 'sample-tabs',
        renderer(token) {
          const samples = (token as SampleTabs).samples.map((sample) => ({
            label: tabLabel(sample) ?? '',
            html: codeBlock(colouredCode(sample)),
          }))
          return sampleTabs(`sample-${++groups}`, samples)
        },
      },
    ],
    renderer: {
      heading({ tokens, depth }) {
        const text = plainText(tokens)
        if (depth === 1) {
          title = text
          return ''
        }
        const id = freeId(slugOf(text), headings)
        headings.push({ id, text, depth })
        linked = true
        const inner = this.parser.parseInline(tokens)
        linked = false
        return `<h${depth} id="${id}"><a class="heading-link" href="#${id}">${inner}</a></h${depth}>\n`
      },
      code: (sample) => codeBlock(colouredCode(sample)),
      codespan({ text }) {
        const code = `<code>${escaped(text)}</code>`
        const operation = linked ? undefined : operationOf(text)
        return operation ? `<a href="/docs/reference/${operation.id}">${code}</a>` : code
      },
      link({ href, tokens }) {
        const to = siteAddress(href, file)
        if (to === undefined) return this.parser.parseInline(tokens)
        linked = true
        const inner = this.parser.parseInline(tokens)
        linked = false
        return `<a href="${escaped(to)}"${/^[a-z]+:/.test(to) ? ' rel="noreferrer"' : ''}>${inner}</a>`
      },
      em({ tokens }) {
        const inner = `<em>${this.parser.parseInline(tokens)}</em>`
        const screen = screenNamed(plainText(tokens))
        return screen ? `<a class="screen-link" href="${screen}">${inner}</a>` : inner
      },
      table(token) {
        const under = headings.at(-1)?.text ?? title
        tables.push(under)
        const nth = tables.filter((former) => former === under).length
        const table = tableOf(token, (tokens) => this.parser.parseInline(tokens))
        return framed(table, nth === 1 ? under : `${under}, ${nth}`)
      },
      html({ text }) {
        if (supportComment.test(text)) return supportMark
        if (/^<!--.*-->\s*$/s.test(text)) return ''
        throw new Error(`${file} holds HTML, which guides must not: ${text.trim()}`)
      },
    },
  })
  const html = marked.parse(withOrigin(source), { async: false })
  return { title, html, headings }
}

/** What a reader sees of tokens, without its form. */
export function plainText(tokens: readonly Token[] = []): string {
  return tokens
    .map((token) => {
      if (token.type === 'html') return ''
      if ('tokens' in token && token.tokens) return plainText(token.tokens)
      return 'text' in token ? token.text : ''
    })
    .join('')
}

/** As code hosts make it, so that a link works there as well. */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function freeId(slug: string, headings: readonly Heading[]): string {
  let id = slug
  for (let n = 1; headings.some((heading) => heading.id === id); n++) id = `${slug}-${n}`
  return id
}

function colouredCode({ text, lang = '' }: Tokens.Code): string {
  // What stands behind the language are marks.
  const [language = ''] = lang.split(' ')
  return language === '' ? escaped(text) : highlighted(text, language)
}

function codeBlock(html: string): string {
  return `<div class="code"><pre tabindex="0"><code>${html}</code></pre><button type="button" class="copy" aria-label="Copy" title="Copy">${copyIcon}</button></div>\n`
}

/** The sheets of the copy button, and the tick that takes their place; drawn as the icons of the console are. */
const copyIcon = ['M9 9h11v11H9zM5 15H4V4h11v1', 'M5 12.5 10 17.5 19.5 7']
  .map(
    (path) =>
      `<svg width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`,
  )
  .join('')
