import { escaped } from '../guides/tables.ts'
import type { Prerendered } from '../src/docs/prerendered.ts'

/**
 * A page of the site around prerendered HTML. The policy allows no `style` attributes, so each becomes a rule of one
 * style sheet in the head, which has the nonce.
 * @param markdown the address of the same page as Markdown
 */
export function filled(template: string, { title, html }: Prerendered, markdown: string | undefined): string {
  const sheets: string[] = []
  const rules = new Map<string, number>()
  const body = html
    .replace(/<style\b[^>]*>(.*?)<\/style>/gs, (_, css: string): string => {
      sheets.push(css)
      return ''
    })
    .replace(/ style="([^"]*)"/g, (_, css: string) => {
      const id = rules.get(css) ?? rules.size
      rules.set(css, id)
      return ` data-style="${id}"`
    })
  for (const [css, id] of rules) sheets.push(`[data-style="${id}"]{${important(css)}}`)
  const head = [
    `<title>${escaped(title)}</title>`,
    `<meta name="description" content="${escaped(leadOf(html))}">`,
    ...(markdown === undefined ? [] : [`<link rel="alternate" type="text/markdown" href="${markdown}">`]),
  ]
  return (
    template
      .replace('<title>%SITE_NAME%</title>', () => head.join('\n    '))
      // Last, as the application adds it.
      .replace('</head>', () => `  <style nonce="%NONCE%">${sheets.join('\n')}</style>\n  </head>`)
      .replace('<div id="root"></div>', () => `<div id="root">${body}</div>`)
  )
}

/** An attribute wins over every rule, so its rule must do so, too. */
function important(css: string): string {
  return plain(css)
    .split(';')
    .filter(Boolean)
    .map((declaration) => `${declaration}!important`)
    .join(';')
}

/** What a search engine shows below the title: the first paragraph of the text. */
function leadOf(html: string): string {
  const main = html.slice(html.indexOf('<main'))
  const paragraphs = main.matchAll(/<p\b[^>]*>(.*?)<\/p>/gs)
  const texts = [...paragraphs].map(([, inner = '']) => plain(inner.replace(/<[^>]+>/g, '')).trim())
  const lead = texts.find((text) => text.length > 40) ?? ''
  return lead.length > 200 ? `${lead.slice(0, lead.lastIndexOf(' ', 200))} …` : lead
}

function plain(html: string): string {
  return html
    .replace(/&#x([\da-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
