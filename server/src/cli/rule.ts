import { isNarrowedScope, narrowedScopes, type Rule } from '../access/rules.ts'
import { type DocumentStatus, documentStatuses, type Where } from '../access/slice.ts'
import { CommandError } from '../lib/command-error.ts'

const scopes = Object.keys(narrowedScopes).join(', ')
const form = `Write SCOPE CONDITION [and CONDITION]…, such as: documents:read category in policies,"a, b" and own. Scopes: ${scopes}. Conditions: category in NAME,…; status in ${documentStatuses.join(',')}; own.`

/** One word, one text in quotes, or a comma. */
const tokenPattern = /\s*(?:"((?:[^"\\]|\\.)*)"|(,)|([^\s,"]+))/y

interface Token {
  text: string
  kind: 'word' | 'quoted' | 'comma'
}

/** `documents:read category in policies,reports and status in published` @throws CommandError that says what is possible */
export function parseRule(text: string): Rule {
  const refuse = (problem: string): never => {
    throw new CommandError(`--rule '${text}': ${problem} ${form}`)
  }
  const [scope, ...rest] = tokensOf(text) ?? refuse('a quotation mark is not closed.')
  if (!scope || !isNarrowedScope(scope.text))
    return refuse(scope ? `'${scope.text}' is not a scope that rules narrow.` : 'it is empty.')
  if (rest.length === 0) return refuse('a condition is missing.')
  const where: Where = {}
  for (const condition of splitAt(rest, (token) => isWord(token, 'and'))) {
    const [name, ...more] = condition
    if (!name) return refuse("a condition is missing beside 'and'.")
    if (Object.hasOwn(where, name.text)) return refuse(`the condition '${name.text}' is there twice.`)
    if (isWord(name, 'own') && more.length === 0) where.own = true
    else if (isWord(name, 'category')) where.category = listOf(name, more, refuse)
    else if (isWord(name, 'status'))
      where.status = listOf(name, more, refuse).map((one) => statusOf(one, refuse))
    else refuse(`'${condition.map((token) => token.text).join(' ')}' is not a condition.`)
  }
  return { scope: scope.text, where }
}

type Refuse = (problem: string) => never

/** `in NAME, NAME`; a name of several words may stand without quotes. */
function listOf({ text }: Token, [preposition, ...rest]: Token[], refuse: Refuse): string[] {
  if (!preposition || !isWord(preposition, 'in')) return refuse(`'${text}' needs 'in' and a list.`)
  const names = splitAt(rest, ({ kind }) => kind === 'comma').map((words) =>
    words.map((word) => word.text).join(' '),
  )
  return names.some((name) => name.trim() === '')
    ? refuse(`a name in the list of '${text}' is empty.`)
    : names
}

function statusOf(text: string, refuse: Refuse): DocumentStatus {
  return documentStatuses.find((status) => status === text) ?? refuse(`'${text}' is not a status.`)
}

/** Undefined where a quotation mark is left open. */
function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  while (text.slice(tokenPattern.lastIndex).trim() !== '') {
    const [found, quoted, comma, word = ''] = tokenPattern.exec(text) ?? []
    if (found === undefined) return undefined
    if (quoted !== undefined) tokens.push({ text: quoted.replaceAll(/\\(.)/g, '$1'), kind: 'quoted' })
    else tokens.push(comma ? { text: ',', kind: 'comma' } : { text: word, kind: 'word' })
  }
  return tokens
}

function splitAt(tokens: readonly Token[], isEnd: (token: Token) => boolean): Token[][] {
  const parts: Token[][] = [[]]
  for (const token of tokens) {
    if (isEnd(token)) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

function isWord({ text, kind }: Token, word: string): boolean {
  return kind === 'word' && text === word
}
