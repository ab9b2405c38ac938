import { lexer, type Token } from 'marked'

/** Beyond these, rendering takes too long or nests too deep. */
const tokensMax = 40_000
const depthMax = 60

/** The tokens of a text; none when it is shown as plain text. */
export type Lexed = Token[] | undefined

addEventListener('message', ({ data }: MessageEvent<string>) => {
  postMessage(lexed(data))
})

function lexed(text: string): Lexed {
  try {
    const tokens = lexer(text)
    return count(tokens, 0) > tokensMax ? undefined : tokens
  } catch {
    return undefined
  }
}

/** The number of tokens; infinite when they are nested too deep. */
function count(tokens: readonly Token[], depth: number): number {
  if (depth > depthMax) return Number.POSITIVE_INFINITY
  let sum = 0
  for (const token of tokens)
    sum += 1 + insideOf(token).reduce((inside, part) => inside + count(part, depth + 1), 0)
  return sum
}

function insideOf(token: Token): readonly (readonly Token[])[] {
  if (token.type === 'list') return [token.items]
  if (token.type === 'table') return [...token.header, ...token.rows.flat()].map(({ tokens }) => tokens)
  return 'tokens' in token && token.tokens ? [token.tokens] : []
}
