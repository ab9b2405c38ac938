import { Title } from '@mantine/core'
import type { DeliveryAttempt } from 'comserv'
import { number as formatted } from '../i18n/format.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import '../parts/folded.css'
import './attempt.css'

const reasons: Record<NonNullable<DeliveryAttempt['error']>, string> = {
  timeout: t('The receiver did not respond in time.'),
  connect_timeout: t('The connection was not established in time.'),
  dns: t('The host name could not be resolved.'),
  blocked: t(
    'The address is in a private network, or the URL begins with http://. The operator can allow the first with COMSERV_WEBHOOK_ALLOWED_CIDRS and the second with COMSERV_WEBHOOK_ALLOW_HTTP=true, in the environment of the server or in its .env file.',
  ),
  refused: t('The connection was refused: nothing listens at this address.'),
  reset: t('The connection was closed before a response arrived.'),
  tls_name: t('The certificate of the receiver is for another host name.'),
  tls_expired: t('The certificate of the receiver has expired, or is not valid yet.'),
  tls_chain: t(
    'The receiver sends its certificate without the intermediate ones, or a private authority has issued it: configure the full chain.',
  ),
  tls_authority: t(
    'The certificate of the receiver is self-signed, or from an authority that this server does not trust.',
  ),
  tls_protocol: t(
    'The receiver has no TLS version or cipher in common with this server, or does not speak TLS.',
  ),
  tls_client_certificate: t('The receiver requires a client certificate, or refused that of the webhook.'),
  tls: t('The TLS connection failed: check the TLS configuration of the receiver.'),
  proxy_unreachable: t('The proxy could not be reached, or closed the connection.'),
  proxy_timeout: t(
    'The proxy accepted the connection and did not respond: it hangs, or waits for the receiver.',
  ),
  proxy_auth: t('The proxy did not accept its user name and password (407).'),
  proxy_refused: t('The proxy does not allow the host or the port of the URL.'),
  proxy_failed: t('The proxy could not reach the receiver.'),
  protocol: t('The response is not valid HTTP.'),
  test_receiver_deleted: t(
    'The test receiver was deleted; they are removed after 24 hours. Create another, and give the webhook its URL.',
  ),
  interrupted: t('The server stopped while it was sending.'),
  internal: t('The server failed; its log has the reason.'),
}

/** One attempt: request, response and duration. */
export function Attempt({ attempt, isOpen }: { attempt: DeliveryAttempt; isOpen: boolean }) {
  const { number, started_at, duration_ms, outcome, error, request, response } = attempt
  const answered = response
    ? t('responded with {{status}}', { status: response.status })
    : error
      ? reasons[error]
      : undefined
  return (
    <details className="panel attempt folded" open={isOpen}>
      <summary>
        <b>{number}</b>
        <Status value={outcome} />
        <span>{answered}</span>
        <span className="quiet">
          {rich('<time/>, {{duration_ms}} ms', {
            time: <Instant at={started_at} seconds />,
            duration_ms: formatted(duration_ms),
          })}
        </span>
      </summary>
      <div className="attempt-sides">
        <div>
          <Title order={3} size="h6">
            {t('Request headers')}
          </Title>
          {request.headers ? (
            <CodeBlock
              text={linesOf(request.headers)}
              wraps
              what={t('request headers of attempt {{number}}', { number })}
            />
          ) : (
            <p className="quiet">{t('Not known.')}</p>
          )}
        </div>
        <div>
          <Title order={3} size="h6">
            {t('Response')}
          </Title>
          {response ? (
            <CodeBlock
              text={`${linesOf(response.headers)}\n\n${response.body}${response.body_truncated ? '\n…' : ''}`}
              what={t('response of attempt {{number}}', { number })}
            />
          ) : (
            <p className="quiet">{t('None.')}</p>
          )}
        </div>
      </div>
    </details>
  )
}

function linesOf(headers: object): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}
