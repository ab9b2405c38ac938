import type { Session } from 'comserv'
import { t } from '../i18n/t.ts'
import type { IconName } from '../parts/icon.tsx'
import { plainKinds } from '../plain/plain-kinds.ts'

export interface Place {
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
    label: t('Admin'),
    places: [
      { to: '/console', label: t('Overview'), icon: 'overview' },
      { to: '/console/users', label: t('Users'), icon: 'users', needs: 'users:read' },
      { to: '/console/roles', label: t('Roles'), icon: 'roles', needs: 'admin' },
      { to: '/console/documents', label: t('Documents'), icon: 'documents', needs: 'documents:read' },
      ...plainKinds.map(({ path, title, iconPath, reads }) => ({
        to: path,
        label: title,
        icon: { path: iconPath },
        needs: reads,
      })),
      {
        to: '/console/automations',
        label: t('Automations'),
        icon: 'automation',
        needs: 'automations:read',
      },
      { to: '/console/mail', label: t('Mail'), icon: 'send', needs: 'admin' },
      { to: '/console/audit', label: t('Audit log'), icon: 'audit', needs: 'audit:read' },
    ],
  },
  {
    label: t('Developer'),
    places: [
      { to: '/console/developer/credentials', label: t('API Credentials'), icon: 'key' },
      {
        to: '/console/developer/applications',
        label: t('Applications'),
        icon: 'application',
        needs: 'admin',
      },
      { to: '/console/developer/requests', label: t('Key requests'), icon: 'send' },
      { to: '/console/developer/webhooks', label: t('Webhooks'), icon: 'webhook', needs: 'webhooks:read' },
      { to: '/console/developer/hooks', label: t('Hooks'), icon: 'hook', needs: 'admin' },
      { to: '/console/developer/events', label: t('Events'), icon: 'events', needs: 'events:read' },
      { to: '/console/developer/request-log', label: t('Requests'), icon: 'requests' },
    ],
  },
  { label: t('Me'), places: [{ to: '/console/account', label: t('My account'), icon: 'account' }] },
  {
    label: t('Documentation'),
    onlyNarrow: true,
    places: [
      { to: '/docs/quick-start', label: t('Guides'), icon: 'help' },
      { to: '/docs/reference', label: t('Reference'), icon: 'documents' },
    ],
  },
]

/** The menu as a person sees it. */
export function placesFor(may: (scope: Session['scopes'][number]) => boolean): PlaceGroup[] {
  return groups
    .map((group) => ({ ...group, places: group.places.filter(({ needs }) => !needs || may(needs)) }))
    .filter(({ places }) => places.length > 0)
}
