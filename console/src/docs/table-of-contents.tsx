import { useMediaQuery } from '@mantine/hooks'
import { Link } from 'react-router'
import type { Heading } from './guide.ts'
import { useHeadingInView } from './use-heading-in-view.ts'

/** Beside the text if there is room, else folded above it. */
export function TableOfContents({ headings }: { headings: readonly Heading[] }) {
  const isWide = useMediaQuery('(min-width: 80em)', undefined, { getInitialValueInEffect: false })
  const current = useHeadingInView(headings)
  if (headings.length < 2) return null
  const list = (
    <ul>
      {headings.map(({ id, text, depth }) => (
        <li key={id}>
          <Link
            to={`#${id}`}
            className={depth > 2 ? 'deeper' : undefined}
            data-here={id === current || undefined}
          >
            {text}
          </Link>
        </li>
      ))}
    </ul>
  )
  if (isWide)
    return (
      <nav className="contents" aria-labelledby="contents">
        <h2 id="contents">On this page</h2>
        {list}
      </nav>
    )
  return (
    <nav className="contents" aria-label="On this page">
      <details>
        <summary>On this page</summary>
        {list}
      </details>
    </nav>
  )
}
