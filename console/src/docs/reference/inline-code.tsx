import { Link } from 'react-router'

/** A description with its `code`, the only markup in descriptions; guide names become links. */
export function InlineCode({ text }: { text: string }) {
  return text.split(/(`[^`]+`|\/docs\/[a-z-]+)/).map((part, i) => {
    // biome-ignore-start lint/suspicious/noArrayIndexKey: the parts of one text have no other name, and never move
    if (part.startsWith('`')) return <code key={i}>{part.slice(1, -1)}</code>
    if (part.startsWith('/docs/'))
      return (
        <Link key={i} to={part}>
          {part}
        </Link>
      )
    // biome-ignore-end lint/suspicious/noArrayIndexKey: as above
    return part
  })
}
