import { Loader } from '@mantine/core'
import type { Token, Tokens } from 'marked'
import { Fragment, type ReactNode, useMemo } from 'react'
import { t } from '../i18n/t.ts'
import { decodeEntities, imageSource, linkTarget } from './addresses.ts'
import { useLexed } from './use-lexed.ts'
import './markdown.css'

/**
 * Markdown as elements, never as HTML: tags in the source are shown as text, so that a document
 * cannot act on its readers.
 */
export function Markdown({ text }: { text: string }) {
  const lexed = useLexed(text)
  const drawn = useMemo(() => lexed?.tokens && blocks(lexed.tokens), [lexed])
  if (!lexed) return <Loader aria-label={t('Loading the text')} />
  if (!drawn)
    return (
      <pre className="as-written" dir="auto">
        {lexed.text}
      </pre>
    )
  return <div className="written">{drawn}</div>
}

function blocks(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, i) => <Fragment key={i}>{block(token)}</Fragment>)
}

function block(token: Token): ReactNode {
  switch (token.type) {
    case 'heading':
      return <Heading token={token as Tokens.Heading} />
    case 'paragraph':
      return <p dir="auto">{inline(token.tokens)}</p>
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
        <pre tabIndex={0}>
          <code>{token.text}</code>
        </pre>
      )
    case 'blockquote':
      return <blockquote dir="auto">{blocks(token.tokens ?? [])}</blockquote>
    case 'list':
      return <List token={token as Tokens.List} />
    case 'table':
      return <Table token={token as Tokens.Table} />
    case 'hr':
      return <hr />
    case 'html':
      return (
        <p className="as-written" dir="auto">
          {token.raw.trimEnd()}
        </p>
      )
    case 'space':
    case 'def':
      return null
    default:
      return inline([token])
  }
}

/** One level lower than written: the page has its own title above. */
function Heading({ token }: { token: Tokens.Heading }) {
  const Tag = `h${Math.min(6, token.depth + 1)}` as 'h2'
  return (
    <Tag data-depth={token.depth} dir="auto">
      {inline(token.tokens)}
    </Tag>
  )
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, i) => (
    <li key={i} className={item.task ? 'task' : undefined} dir="auto">
      {blocks(item.tokens)}
    </li>
  ))
  return token.ordered ? (
    <ol start={Number(token.start) || 1} dir="auto">
      {items}
    </ol>
  ) : (
    <ul dir="auto">{items}</ul>
  )
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
    <div className="written-table" tabIndex={0}>
      <table dir="auto">
        <thead>
          <tr>
            {token.header.map((cell, i) => (
              <th key={i} scope="col" dir="auto" data-align={cell.align ?? undefined}>
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} dir="auto" data-align={cell.align ?? undefined}>
                  {inline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function inline(tokens: readonly Token[] = []): ReactNode {
  return tokens.map((token, i) => <Fragment key={i}>{span(token)}</Fragment>)
}

function span(token: Token): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong>{inline(token.tokens)}</strong>
    case 'em':
      return <em>{inline(token.tokens)}</em>
    case 'del':
      return <del>{inline(token.tokens)}</del>
    case 'codespan':
      return <code>{token.text}</code>
    case 'br':
      return <br />
    case 'checkbox':
      return <input type="checkbox" disabled checked={token.checked} aria-label={t('Task')} />
    case 'link':
      return <WrittenLink token={token as Tokens.Link} />
    case 'image':
      return <WrittenImage token={token as Tokens.Image} />
    case 'escape':
      return token.text
    case 'html':
      return token.raw
    case 'text':
      return token.tokens ? inline(token.tokens) : decodeEntities(token.text)
    default:
      return token.raw
  }
}

function WrittenLink({ token }: { token: Tokens.Link }) {
  const href = linkTarget(token.href)
  if (!href) return inline(token.tokens)
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title={token.title ?? undefined}>
      {inline(token.tokens)}
    </a>
  )
}

/** Images on other hosts are named, not loaded: loading one would tell that host who reads what. */
function WrittenImage({ token }: { token: Tokens.Image }) {
  const source = imageSource(token.href)
  if (source) return <img src={source} alt={token.text} title={token.title ?? undefined} />
  const href = linkTarget(token.href)
  const label = `Picture: ${token.text || token.href}`
  if (!href) return <span className="quiet">{label}</span>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" dir="auto">
      {label}
    </a>
  )
}
