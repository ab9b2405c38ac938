import { useState } from 'react'
import { useLocation } from 'react-router'
import { NavPlace } from '../nav-place.tsx'
import { Method } from './method.tsx'
import { type TagGroup, tagGroupsOf } from './operations.ts'
import { useOpenApi } from './use-reference.ts'
import '../../shell/nav.css'

/** All endpoints by tag, folded except for the tag of the open one. */
export function ReferenceNav() {
  const api = useOpenApi()
  if (!api) return null
  return (
    <div className="nav-group">
      <h2>API reference</h2>
      <ul>
        <NavPlace to="/docs/reference" title="All endpoints" />
        {tagGroupsOf(api).map((group) => (
          <TagOfNav key={group.tag} group={group} />
        ))}
      </ul>
    </div>
  )
}

function TagOfNav({ group: { tag, operations } }: { group: TagGroup }) {
  const { pathname } = useLocation()
  const isHere = operations.some(({ id }) => pathname === `/docs/reference/${id}`)
  const [unfolded, setUnfolded] = useState(false)
  return (
    <li>
      <details open={isHere || unfolded} onToggle={({ currentTarget }) => setUnfolded(currentTarget.open)}>
        <summary className="nav-link">{tag}</summary>
        <ul className="nav-calls">
          {operations.map(({ id, method, summary }) => (
            <NavPlace key={id} to={`/docs/reference/${id}`} title={summary}>
              <Method method={method} short />
              <span>{summary}</span>
            </NavPlace>
          ))}
        </ul>
      </details>
    </li>
  )
}
