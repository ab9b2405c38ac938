import { ScrollArea } from '@mantine/core'
import type { Session } from 'comserv'
import { NavLink } from 'react-router'
import { Icon, type IconName } from '../parts/icon.tsx'
import { plainKinds } from '../plain/plain-kinds.ts'
import { usePendingRequests } from '../requests/use-pending.ts'
import { useMay } from '../session/use-session.ts'
import './nav.css'

interface Place {
  to: string
  label: string
  icon: IconName | { path: string }
  /** Shown to holders of this scope. */
  needs?: Session['scopes'][number]
}

interface PlaceGroup {
  label: string
  places: readonly Place[]
  /** On wide screens it is in the top bar. */
  onlyNarrow?: boolean
}

const groups: readonly PlaceGroup[] = [
  {
    label: 'Admin',
    places: [
      { to: '/console', label: 'Overview', icon: 'overview' },
      { to: '/console/users', label: 'Users', icon: 'users', needs: 'users:read' },
      { to: '/console/roles', label: 'Roles', icon: 'roles', needs: 'admin' },
      { to: '/console/documents', label: 'Documents', icon: 'documents', needs: 'documents:read' },
      ...plainKinds.map(({ path, title, iconPath, reads }) => ({
        to: path,
        label: title,
        icon: { path: iconPath },
        needs: reads,
      })),
      { to: '/console/audit', label: 'Audit log', icon: 'audit', needs: 'audit:read' },
    ],
  },
  {
    label: 'Developer',
    places: [
      { to: '/console/developer/credentials', label: 'API Credentials', icon: 'key' },
      { to: '/console/developer/requests', label: 'Key requests', icon: 'send' },
      { to: '/console/developer/webhooks', label: 'Webhooks', icon: 'webhook', needs: 'webhooks:read' },
      { to: '/console/developer/events', label: 'Events', icon: 'events', needs: 'events:read' },
    ],
  },
  { label: 'Me', places: [{ to: '/console/account', label: 'My account', icon: 'account' }] },
  {
    label: 'Documentation',
    onlyNarrow: true,
    places: [
      { to: '/docs/quick-start', label: 'Guides', icon: 'help' },
      { to: '/docs/reference', label: 'Reference', icon: 'documents' },
    ],
  },
]

export function ConsoleNav() {
  const may = useMay()
  const pending = usePendingRequests()
  const shown = groups
    .map((group) => ({ ...group, places: group.places.filter(({ needs }) => !needs || may(needs)) }))
    .filter(({ places }) => places.length > 0)
  return (
    <ScrollArea>
      {shown.map(({ label, places, onlyNarrow }) => (
        <div key={label} className={onlyNarrow ? 'nav-group only-narrow' : 'nav-group'}>
          <h2>{label}</h2>
          <ul>
            {places.map(({ to, label, icon }) => (
              <li key={to}>
                <NavLink to={to} end={to === '/console'} className="nav-link">
                  <Icon name={icon} />
                  {label}
                  {pending > 0 && to.endsWith('/requests') && (
                    <span className="nav-count" title={`${pending} pending`}>
                      {pending}
                    </span>
                  )}
                </NavLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </ScrollArea>
  )
}
