import { Anchor, Paper } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { HookCall } from 'comserv'
import { Link, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import { Page } from '../shell/page.tsx'
import { CallActor, CallOutcome, CallTarget } from './call-list.tsx'
import { hooks } from './hooks.ts'

/** One call of a hook, with what it was sent and what it responded. */
export function CallPage() {
  const id = Number(useParams().id)
  const read = useQuery({ queryKey: ['hooks', 'call', id], queryFn: () => comserv.hookCalls.get(id) })
  const call = read.data
  const trail = call
    ? [...hooks.trail, { label: t('Hook {{id}}', { id: call.hook_id }), to: `${hooks.path}/${call.hook_id}` }]
    : hooks.trail
  return (
    <Page
      title={call ? t('Call before {{action}}', { action: call.action }) : t('Call {{id}}', { id })}
      under={trail}
      guide="hooks#see-what-it-did"
    >
      <Reading query={read}>
        {(shown) => (
          <>
            <Paper withBorder p="lg">
              <CallFacts call={shown} />
            </Paper>
            <Section title={t('Input')}>
              <Text
                text={shown.input}
                isCut={shown.input_truncated}
                what={t('the input')}
                none={t('It was erased with the person it was about.')}
              />
            </Section>
            <Section title={t('Response')}>
              <Text
                text={shown.response_body}
                isCut={shown.response_truncated}
                what={t('the response')}
                none={t('There is none.')}
              />
            </Section>
          </>
        )}
      </Reading>
    </Page>
  )
}

function CallFacts({ call }: { call: HookCall }) {
  const { proceeded, test, request_id, response_status, duration_ms, created_at } = call
  return (
    <Facts
      facts={[
        [t('Outcome'), <CallOutcome key="outcome" call={call} />],
        test
          ? [t('Test'), t('nothing was to be changed')]
          : [t('The change'), proceeded ? t('went on') : t('was not made')],
        [t('About'), <CallTarget key="target" call={call} />],
        [t('Who'), <CallActor key="actor" call={call} />],
        response_status !== null && [t('HTTP status'), response_status],
        [t('Duration'), t('{{duration_ms}} ms', { duration_ms: number(duration_ms) })],
        [t('When'), <Instant key="when" at={created_at} seconds />],
        request_id !== null && [
          t('Request id'),
          <Anchor
            key="request"
            component={Link}
            to={`/console/developer/request-log?request_id=${request_id}`}
            className="mono"
          >
            {request_id}
          </Anchor>,
        ],
      ]}
    />
  )
}

interface TextProps {
  text: string | null
  isCut: boolean
  what: string
  /** Said in the place of the text. */
  none: string
}

function Text({ text, isCut, what, none }: TextProps) {
  if (!text) return <p className="quiet">{none}</p>
  return (
    <>
      <CodeBlock text={tidy(text)} what={what} wraps />
      {isCut && <p className="quiet">{t('The rest was not kept.')}</p>}
    </>
  )
}

function tidy(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
