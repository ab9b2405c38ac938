import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import type { Heading } from './guide.ts'
import { headingInView, onReading } from './heading-in-view.ts'

/** Beside the text if there is room, else folded above it. */
export function TableOfContents({ headings }: { headings: readonly Heading[] }) {
  const [current, setCurrent] = useState<string>()
  useEffect(() => onReading(() => setCurrent(headingInView(headings))), [headings])
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
  // The style sheet shows one of them.
  return (
    <>
      <nav className="contents wide" aria-labelledby="contents">
        <h2 id="contents">On this page</h2>
        {list}
      </nav>
      <nav className="contents narrow" aria-label="On this page">
        <details>
          <summary>On this page</summary>
          {list}
        </details>
      </nav>
    </>
  )
}
