import { Lexer, type Token, type Tokens } from 'marked'
import { createElement, type ReactNode } from 'react'

/**
 * Shows Markdown as elements, never as HTML: whatever somebody wrote into a document, no script and no address of theirs
 * runs in the browser of whoever reads it. HTML within it is shown as the text that it is, pictures as links.
 */
export function Markdown({ text }: { text: string }) {
  return <div className="prose">{blocks(new Lexer({ gfm: true }).lex(text))}</div>
}

function blocks(tokens: readonly Token[]): ReactNode[] {
  return tokens.map((token, i) => block(token as Tokens.Generic, i))
}

function block(token: Tokens.Generic, key: number): ReactNode {
  switch (token.type) {
    case 'heading':
      // The page has the only first heading.
      return createElement(`h${Math.min(6, token.depth + 1)}`, { key }, inline(token.tokens))
    case 'paragraph':
      return <p key={key}>{inline(token.tokens)}</p>
    case 'text':
      return <span key={key}>{token.tokens ? inline(token.tokens) : token.text}</span>
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
        <pre key={key} tabIndex={0}>
          <code>{token.text}</code>
        </pre>
      )
    case 'blockquote':
      return <blockquote key={key}>{blocks(token.tokens ?? [])}</blockquote>
    case 'list':
      return createElement(
        token.ordered ? 'ol' : 'ul',
        { key, ...(token.ordered && token.start !== 1 ? { start: token.start } : {}) },
        (token as Tokens.List).items.map((item, i) => <li key={String(i)}>{listItem(item)}</li>),
      )
    case 'table':
      return table(token as Tokens.Table, key)
    case 'hr':
      return <hr key={key} />
    case 'space':
    case 'def':
      return null
    default:
      return <p key={key}>{token.raw}</p>
  }
}

function listItem({ task, checked, tokens }: Tokens.ListItem): ReactNode {
  return (
    <>
      {task && (checked ? '☑ ' : '☐ ')}
      {blocks(tokens)}
    </>
  )
}

function table({ header, rows }: Tokens.Table, key: number): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
    <div key={key} className="scrolls" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {header.map((cell, i) => (
              <th key={String(i)}>{inline(cell.tokens)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={String(i)}>
              {row.map((cell, j) => (
                <td key={String(j)}>{inline(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function inline(tokens: readonly Token[] = []): ReactNode[] {
  return tokens.map((token, key) => phrase(token as Tokens.Generic, key))
}

function phrase(token: Tokens.Generic, key: number): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong key={key}>{inline(token.tokens)}</strong>
    case 'em':
      return <em key={key}>{inline(token.tokens)}</em>
    case 'del':
      return <del key={key}>{inline(token.tokens)}</del>
    case 'codespan':
      return <code key={key}>{token.text}</code>
    case 'br':
      return <br key={key} />
    case 'link':
      return link(token.href, inline(token.tokens), key)
    case 'image':
      return link(token.href, [`picture: ${token.text || token.href}`], key)
    case 'escape':
    case 'text':
      return token.tokens ? inline(token.tokens) : decoded(token.text)
    default:
      return token.raw
  }
}

function link(href: string, text: ReactNode[], key: number): ReactNode {
  if (!/^(https?:|mailto:|\/(?!\/)|#)/i.test(href)) return <span key={key}>{text}</span>
  return (
    <a key={key} href={href} rel="noreferrer noopener nofollow">
      {text}
    </a>
  )
}

/** The lexer leaves entities such as `&amp;` as they were written. */
function decoded(text: string): string {
  const known: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => known[name] ?? '')
}
