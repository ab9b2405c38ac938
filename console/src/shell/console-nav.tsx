import { ScrollArea } from '@mantine/core'
import { Fragment } from 'react'
import { NavLink } from 'react-router'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'
import { lazyPart } from '../parts/lazy-part.tsx'
import { usePendingRequests } from '../requests/use-pending.ts'
import { useMay, useSignedIn } from '../session/use-session.ts'
import { type Place, placesFor } from './menu-places.ts'
import './nav.css'

/** Loaded only where there are extensions. */
const OfExtensions = lazyPart(async () => (await import('../extensions/places.tsx')).Places)

export function ConsoleNav() {
  const may = useMay()
  const { scopes } = useSignedIn()
  return (
    <ScrollArea>
      {placesFor(may).map(({ label, places, onlyNarrow }, i) => (
        <Fragment key={label}>
          <NavGroup label={label} places={places} className={onlyNarrow ? 'only-narrow' : ''} />
          {i === 0 && scopes.some((scope) => scope.startsWith('x.')) && <OfExtensions />}
        </Fragment>
      ))}
    </ScrollArea>
  )
}

interface GroupProps {
  label: string
  places: readonly Place[]
  className?: string
}

export function NavGroup({ label, places, className = '' }: GroupProps) {
  const pending = usePendingRequests()
  return (
    <div className={`nav-group ${className}`}>
      <h2>{label}</h2>
      <ul>
        {places.map(({ to, label, icon }) => (
          <li key={to}>
            <NavLink to={to} end={to === '/console'} className="nav-link">
              <Icon name={icon} />
              {label}
              {pending > 0 && to.endsWith('/requests') && (
                <span className="nav-count" title={t('{{pending}} pending', { pending })}>
                  {pending}
                </span>
              )}
            </NavLink>
          </li>
        ))}
      </ul>
    </div>
  )
}
