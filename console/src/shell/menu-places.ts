import type { Session } from 'comserv'
import type { IconName } from '../parts/icon.tsx'
import { plainKinds } from '../plain/plain-kinds.ts'

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

/** The menu as a person sees it. */
export function placesFor(may: (scope: Session['scopes'][number]) => boolean): PlaceGroup[] {
  return groups
    .map((group) => ({ ...group, places: group.places.filter(({ needs }) => !needs || may(needs)) }))
    .filter(({ places }) => places.length > 0)
}
