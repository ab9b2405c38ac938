import type { Webhook } from 'comserv'
import { Link } from 'react-router'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Instant } from '../parts/instant.tsx'
import { Warning } from '../parts/warning.tsx'
import { useStanding } from './use-standing.ts'
import './attention.css'

const dayMs = 86_400_000
const soonMs = 14 * dayMs

/** What is broken or soon will be: failing receivers, keys that expire soon. */
export function Attention() {
  const { credentials, webhooks } = useStanding()
  const nowMs = Date.now()
  const ending = credentials.filter(
    ({ status, expires_at }) => status === 'active' && expires_at && Date.parse(expires_at) - nowMs < soonMs,
  )
  const failing = webhooks.filter(
    ({ health, status }) => status === 'disabled' || health.state === 'failing' || health.state === 'held',
  )
  if (ending.length + failing.length === 0) return null
  return (
    <Warning role="status" title={t('This needs attention')}>
      <ul className="plain">
        {failing.map((webhook) => (
          <li key={`webhook ${webhook.id}`}>
            {rich('The webhook to <link/> {{trouble}}.', {
              link: <Link to={`/console/developer/webhooks/${webhook.id}`}>{webhook.url}</Link>,
              trouble: troubleOf(webhook),
            })}
          </li>
        ))}
        {ending.map(({ id, name, expires_at }) => (
          <li key={`credential ${id}`}>
            {rich('The key <link/> expires <time/>.', {
              link: (
                <Link to={`/console/developer/credentials/${id}`} dir="auto">
                  {name}
                </Link>
              ),
              time: <Instant at={expires_at ?? ''} relative />,
            })}
          </li>
        ))}
      </ul>
    </Warning>
  )
}

function troubleOf({ status, disabled_reason, health }: Webhook): string {
  if (status === 'disabled') {
    return disabled_reason === 'gone'
      ? t('is disabled: its receiver is gone')
      : t('is disabled: it failed for too long')
  }
  return health.state === 'held' ? t('is held back because its owner cannot sign in') : t('fails')
}
