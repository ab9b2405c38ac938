import { Text, Title } from '@mantine/core'
import type { ReceivedTest } from 'comserv'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import { problemOf } from './receivers.ts'
import '../parts/folded.css'
import '../deliveries/attempt.css'

/** One request to a test receiver, and whether its signature verifies. */
export function ReceivedRequest({ request, isOpen }: { request: ReceivedTest; isOpen: boolean }) {
  const { received_at, verified, event_type, headers, body } = request
  return (
    <details className="panel attempt folded" open={isOpen}>
      <summary>
        <Status
          value={verified ? t('signature verified') : t('not verified')}
          tone={verified ? 'good' : 'bad'}
        />
        {event_type && <span className="mono">{event_type}</span>}
        <span className="quiet">
          <Instant at={received_at} seconds />
        </span>
      </summary>
      {!verified && (
        <Text size="sm" px="md" pb="xs">
          {problemOf(request)}
        </Text>
      )}
      <div className="attempt-sides">
        <div>
          <Title order={3} size="h6">
            {t('Headers')}
          </Title>
          <CodeBlock text={linesOf(headers)} what={t('the headers')} wraps />
        </div>
        <div>
          <Title order={3} size="h6">
            {t('Body')}
          </Title>
          {body === null ? (
            <Text size="sm" className="quiet">
              {verified
                ? t('The person that it is about was erased.')
                : t('Not kept, because it is not verified.')}
            </Text>
          ) : (
            <CodeBlock text={pretty(body)} what={t('the body')} />
          )}
        </div>
      </div>
    </details>
  )
}

const linesOf = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')

/** As it was signed it has no line breaks. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
