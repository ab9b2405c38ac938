import { guides } from 'virtual:guides'
import { Link } from 'react-router'
import { Icon } from '../parts/icon.tsx'
import './neighbours.css'
import { pathOf } from './chapters.ts'

/** Links to the previous and the next guide. */
export function Neighbours({ name }: { name: string }) {
  const at = guides.findIndex((guide) => guide.name === name)
  const former = guides[at - 1]
  const next = guides[at + 1]
  return (
    <nav className="neighbours" aria-label="Previous and next guide">
      {former && (
        <Link to={pathOf(former.name)} rel="prev">
          <Icon name="left" />
          <span>
            <small>Previous</small>
            {former.title}
          </span>
        </Link>
      )}
      {next && (
        <Link to={pathOf(next.name)} rel="next" className="next">
          <span>
            <small>Next</small>
            {next.title}
          </span>
          <Icon name="right" />
        </Link>
      )}
    </nav>
  )
}
