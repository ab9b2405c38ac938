import type { Webhook } from 'comserv'
import { Link } from 'react-router'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Instant } from '../parts/instant.tsx'
import { Warning } from '../parts/warning.tsx'
import { keyRequests } from '../requests/requests.ts'
import { usePendingRequests } from '../requests/use-pending.ts'
import { webhookName } from '../webhooks/webhook-name.ts'
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
  const pending = usePendingRequests()
  if (ending.length + failing.length + pending === 0) return null
  return (
    <Warning role="status" title={t('This needs attention')}>
      <ul className="plain">
        {pending > 0 && (
          <li>
            {rich('<link>{{count}} key requests</link> wait for a decision.', {
              link: <Link to={`${keyRequests.path}?status=pending`} />,
              count: pending,
            })}
          </li>
        )}
        {failing.map((webhook) => (
          <li key={`webhook ${webhook.id}`}>
            <Trouble webhook={webhook} />
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

function Trouble({ webhook }: { webhook: Webhook }) {
  const { id, url, status, disabled_reason, health } = webhook
  const link = (
    <Link to={`/console/developer/webhooks/${id}`} title={url} dir="auto">
      {webhookName(webhook)}
    </Link>
  )
  if (status === 'disabled' && disabled_reason === 'gone')
    return rich('The webhook <link/> is disabled: its receiver is gone.', { link })
  if (status === 'disabled') return rich('The webhook <link/> is disabled: it failed for too long.', { link })
  return health.state === 'held'
    ? rich('Deliveries to <link/> are held because its owner cannot sign in.', { link })
    : rich('Deliveries to <link/> are failing.', { link })
}
