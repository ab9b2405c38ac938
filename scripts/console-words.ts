import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'vite'
import { builtInRoles, termsOf } from '../server/src/access/roles.ts'
import { scopes } from '../server/src/access/scopes.ts'
import { catalog } from '../server/src/resources.ts'
import { root } from './generated.ts'

/**
 * The words of the console: which sentences its code uses, whether each language has them all and no others, and whether
 * there is text that no language can translate.
 */
const sources = join(root, 'console/src')
const catalogs = join(sources, 'i18n')
/** The documentation is English. */
const english = /^(docs|page|i18n)\/|^prerender\.tsx$/

/** Names of formats and programs, commands, and samples of what is entered. */
const untranslated = new Set([
  'CloudEvents 1.0',
  'HTML',
  'JSON',
  'JavaScript',
  'Markdown',
  'PHP',
  'Python',
  'SHA-256',
  'curl',
  'https://example.org/hooks/comserv',
  'ms',
  'policy-reviewer',
  '-----BEGIN CERTIFICATE-----',
  '-----BEGIN PRIVATE KEY-----',
])

const visible =
  /^(alt|aria-label|advice|cancel|description|explains|hint|label|lead|legend|message|nothingFoundMessage|placeholder|text|title|verb|what|words)$/

interface Node {
  type: string
  start: number
  [property: string]: unknown
}

/** A sentence of the code, as its key in the catalogs. */
export interface Sentence {
  key: string
  file: string
  isPlural: boolean
}

type Catalog = Readonly<Record<string, string>>

export function wordProblems(): string[] {
  const { sentences, problems } = consoleWords()
  problems.push(...descriptionProblems())
  const languages = globSync('*.json', { cwd: catalogs }).map((name) => name.slice(0, -'.json'.length))
  return [...problems, ...languages.flatMap((language) => catalogProblems(language, sentences))]
}

/** The sentences of the code, by key, and what cannot be translated. */
export function consoleWords(): { sentences: Map<string, Sentence>; problems: string[] } {
  const sentences = new Map<string, Sentence>()
  const problems: string[] = []
  for (const file of globSync('**/*.{ts,tsx}', { cwd: sources }).sort()) {
    const code = readFileSync(join(sources, file), 'utf8')
    const at = (node: Node) => `console/src/${file}:${code.slice(0, node.start).split('\n').length}`
    const ast = parseAst(code, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as Node
    walk(ast, [], (node, above) => {
      if (isCall(node) && !file.startsWith('i18n/t') && !file.startsWith('i18n/rich'))
        problems.push(...sentencesOf(node, file, sentences).map((problem) => `${at(node)} ${problem}`))
      else if (!english.test(file)) {
        const text = bareText(node, above)
        if (text !== undefined) problems.push(`${at(node)} shows “${text}” without t()`)
      }
    })
  }
  return { sentences, problems }
}

/** Whether the console knows what the API says of each scope, built-in role and event type, and says the same in English. */
function descriptionProblems(): string[] {
  const file = 'i18n/descriptions.ts'
  const found = new Map<string, string>()
  const ast = parseAst(readFileSync(join(sources, file), 'utf8'), { lang: 'ts' }) as unknown as Node
  walk(ast, [], (node, above) => {
    if (node.type !== 'Property' || !isCall(node.value as Node)) return
    const [text] = literalsOf((node.value as { arguments: Node[] } & Node).arguments[0]) ?? []
    found.set(`${nameOf(above.findLast(({ type }) => type === 'Property'))} ${nameOf(node)}`, text ?? '')
  })
  const said = new Map<string, string>([
    ...Object.entries(scopes).map(([name, text]) => [`scope ${name}`, text] as const),
    ...builtInRoles.map((name) => [`role ${name}`, termsOf(name).description] as const),
    ...[...catalog.eventTypes.values()].map(
      ({ name, description }) => [`event ${name}`, description] as const,
    ),
  ])
  const names = new Set([...said.keys(), ...found.keys()])
  return [...names]
    .filter((name) => found.get(name) !== said.get(name))
    .map((name) => `${file} has “${found.get(name)}” for the ${name}, and the API “${said.get(name)}”`)
}

/** The names under which a catalog has a sentence. */
export function entriesOf({ key, isPlural }: Sentence, language: string): string[] {
  if (!isPlural) return language === 'en' ? [] : [key]
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
  // In English the key is the plural.
  return pluralCategories
    .filter((category) => language !== 'en' || category !== 'other')
    .map((category) => `${key}_${category}`)
}

function catalogProblems(language: string, sentences: ReadonlyMap<string, Sentence>): string[] {
  const name = `${language}.json`
  const catalog: Catalog = readJson(name) ?? {}
  const wanted = new Map(
    [...sentences.values()].flatMap((one) => entriesOf(one, language).map((entry) => [entry, one])),
  )
  const missing = [...wanted.keys()].filter((entry) => !(entry in catalog))
  return [
    ...missing.map((entry) => `${name} lacks “${entry}” (${wanted.get(entry)?.file})`),
    ...Object.entries(catalog).flatMap(([entry, text]) => {
      const sentence = wanted.get(entry)
      if (!sentence) return [`${name} has “${entry}”, which nothing uses`]
      const [given, needed] = [placesIn(text), placesIn(sentence.key)]
      // Singular forms may say `one`.
      if (sentence.isPlural) for (const places of [given, needed]) places.delete('{{count}}')
      return given.symmetricDifference(needed).size === 0
        ? []
        : [`${name} has other placeholders than “${entry}”: “${text}”`]
    }),
  ]
}

/** Placeholders and tags. */
function placesIn(text: string): Set<string> {
  return new Set([...text.matchAll(/\{\{\w+\}\}|<\w+\/?>/g)].map(([place]) => place))
}

function isCall(node: Node): boolean {
  const { name } = (node.callee ?? {}) as { name?: string }
  return node.type === 'CallExpression' && (name === 't' || name === 'rich')
}

/** Adds the sentences of a call, and returns what is wrong with it. */
function sentencesOf(node: Node, file: string, sentences: Map<string, Sentence>): string[] {
  const [first, second] = node.arguments as [Node, Node | undefined]
  const values = new Map(
    ((second?.properties ?? []) as { key: { name: string }; value: Node }[]).map(({ key, value }) => [
      key?.name,
      value,
    ]),
  )
  const keys = literalsOf(first)
  if (!keys) return ['calls t() with something else than a sentence']
  const context = values.get('context')?.value
  return keys.flatMap((sentence) => {
    const key = context === undefined ? sentence : `${sentence}_${context}`
    sentences.set(key, sentences.get(key) ?? { key, file, isPlural: values.has('count') })
    const lacking = [...placesIn(sentence)]
      .map((place) => place.replace(/\W/g, ''))
      .filter((name) => !values.has(name) && !sentence.includes(`</${name}>`))
    return lacking.map((name) => `gives “${sentence}” no ${name}`)
  })
}

function literalsOf(node: Node | undefined): string[] | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return [node.value]
  if (node?.type !== 'ConditionalExpression') return undefined
  const both = [literalsOf(node.consequent as Node), literalsOf(node.alternate as Node)]
  return both.every((one) => one !== undefined) ? both.flat() : undefined
}

/** Text with letters in an element, a visible attribute or a visible property. */
function bareText(node: Node, above: readonly Node[]): string | undefined {
  const text =
    node.type === 'JSXText' || node.type === 'Literal'
      ? node.value
      : node.type === 'TemplateLiteral'
        ? (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join(' ')
        : undefined
  if (typeof text !== 'string' || !/\p{L}/u.test(text) || untranslated.has(text.trim())) return undefined
  if (node.type === 'JSXText') return text.trim()
  const parent = above.findLast(
    ({ type }) =>
      !/^(ConditionalExpression|LogicalExpression|JSXExpressionContainer|TSAsExpression)$/.test(type),
  )
  const within = above.at(-1)
  if (within?.type === 'ConditionalExpression' && within.test === node) return undefined
  if (within?.type === 'LogicalExpression' && within.left === node) return undefined
  const isChild = parent?.type === 'JSXElement' || parent?.type === 'JSXFragment'
  const name = nameOf(parent)
  const isVisible = name !== undefined && visible.test(name) && parent?.key !== node
  return isChild || isVisible ? text : undefined
}

function nameOf(node: Node | undefined): string | undefined {
  const named = (
    node?.type === 'JSXAttribute' ? node.name : node?.type === 'Property' ? node.key : undefined
  ) as { name?: string; value?: string } | undefined
  return named?.name ?? named?.value
}

function walk(node: Node, above: Node[], visit: (node: Node, above: readonly Node[]) => void): void {
  visit(node, above)
  above.push(node)
  for (const value of Object.values(node))
    for (const inner of Array.isArray(value) ? value : [value])
      if (typeof inner?.type === 'string') walk(inner, above, visit)
  above.pop()
}

// biome-ignore lint/suspicious/noExplicitAny: the caller knows what the file holds
function readJson(name: string): any {
  try {
    return JSON.parse(readFileSync(join(catalogs, name), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
