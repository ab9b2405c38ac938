import { createRequire } from 'node:module'

/** What is used of it. Its own types would bring those of a browser to everything that is checked with the server. */
interface Highlighter {
  registerLanguage(name: string, language: unknown): void
  highlight(code: string, options: { language: string }): { value: string }
}

const require = createRequire(import.meta.url)
const highlighter: Highlighter = require('highlight.js/lib/core')

/** What stands behind a fence, and the language that colours it. */
const languages: Readonly<Record<string, string>> = {
  sh: 'bash',
  html: 'xml',
  http: 'http',
  ini: 'ini',
  js: 'javascript',
  json: 'json',
  nginx: 'nginx',
  php: 'php',
  py: 'python',
  ts: 'typescript',
  yaml: 'yaml',
}
for (const [name, language] of Object.entries(languages))
  highlighter.registerLanguage(name, require(`highlight.js/lib/languages/${language}`))
// By this name a page names the language of its scripts.
highlighter.registerLanguage('javascript', require('highlight.js/lib/languages/javascript'))

/** @returns HTML with classes; the colours are those of the theme */
export function highlighted(code: string, language: string): string {
  if (!(language in languages)) {
    const known = Object.keys(languages).join(', ')
    throw new Error(`Code in '${language}' cannot be coloured; known are ${known}.`)
  }
  return highlighter.highlight(code, { language }).value
}
