import { guides } from 'virtual:guides'
import { ScrollArea } from '@mantine/core'
import { useLocation } from 'react-router'
import { chapters, type Place, pathOf } from './chapters.ts'
import { NavPlace } from './nav-place.tsx'
import { ReferenceNav } from './reference/reference-nav.tsx'
import '../shell/nav.css'

/** Every page in its order; within the reference, its calls. */
export function DocsNav() {
  const { pathname } = useLocation()
  const isReference = pathname.startsWith('/docs/reference')
  return (
    <ScrollArea>
      {isReference && <ReferenceNav />}
      {chapters.map(({ label, entries }) => (
        <div key={label} className="nav-group">
          <h2>{label}</h2>
          <ul>
            {entries
              .map(placeOf)
              // It has its own group there.
              .filter(({ to }) => !(isReference && to === '/docs/reference'))
              .map((place) => (
                <NavPlace key={place.to} {...place} />
              ))}
          </ul>
        </div>
      ))}
      <div className="nav-group only-narrow">
        <h2>Console</h2>
        <ul>
          <NavPlace to="/console" title="Admin" />
        </ul>
      </div>
    </ScrollArea>
  )
}

function placeOf(entry: string | Place): Place {
  if (typeof entry !== 'string') return entry
  const title = guides.find(({ name }) => name === entry)?.title ?? entry
  return { to: pathOf(entry), title: entry === 'overview' ? 'Overview' : title }
}
