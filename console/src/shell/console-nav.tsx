import { ScrollArea } from '@mantine/core'
import { NavLink } from 'react-router'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'
import { usePendingRequests } from '../requests/use-pending.ts'
import { useMay } from '../session/use-session.ts'
import { placesFor } from './menu-places.ts'
import './nav.css'

export function ConsoleNav() {
  const may = useMay()
  const pending = usePendingRequests()
  return (
    <ScrollArea>
      {placesFor(may).map(({ label, places, onlyNarrow }) => (
        <div key={label} className={onlyNarrow ? 'nav-group only-narrow' : 'nav-group'}>
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
      ))}
    </ScrollArea>
  )
}
