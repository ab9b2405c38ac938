import { Paper } from '@mantine/core'
import type { Hook, HookWithSecret } from 'comserv'
import { useState } from 'react'
import { number } from '../i18n/format.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant, isPast } from '../parts/instant.tsx'
import { Section } from '../parts/section.tsx'
import { Warning } from '../parts/warning.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { Page } from '../shell/page.tsx'
import { CallList } from './call-list.tsx'
import { HookActions } from './hook-actions.tsx'
import { HookHealth } from './hook-health.tsx'
import { HookSecret } from './hook-secret.tsx'
import { hooks } from './hooks.ts'
import { TryHook } from './try-hook.tsx'

export function HookPage() {
  const [rotated, setRotated] = useState<HookWithSecret>()
  if (rotated) {
    return (
      <Page title={t('Store the new secret now')} under={hooks.trail}>
        <HookSecret hook={rotated} onDone={() => setRotated(undefined)} />
      </Page>
    )
  }
  return (
    <RecordPage
      kind={hooks}
      lead={({ description }) => description}
      refreshMs={10_000}
      actions={(read) => <HookActions read={read} onRotated={setRotated} />}
    >
      {(hook) => (
        <>
          {hook.status === 'active' && hook.health.state === 'failing' && <Failing hook={hook} />}
          <Paper withBorder p="lg">
            <HookFacts hook={hook} />
          </Paper>
          <Section title={t('Try it')} frame="below">
            <TryHook hook={hook} />
          </Section>
          <Section title={t('Calls')}>
            <CallList hook={hook} />
          </Section>
        </>
      )}
    </RecordPage>
  )
}

function Failing({ hook: { on_failure } }: { hook: Hook }) {
  return on_failure === 'refuse' ? (
    <Warning role="status" title={t('Changes are refused while this hook fails')}>
      {t(
        'The hook has to allow them, and does not respond as it should. Fix the receiver, or pause the hook.',
      )}
    </Warning>
  ) : (
    <Warning role="status" title={t('Changes are made without this hook while it fails')}>
      {t('It does not respond as it should. The last calls below show why.')}
    </Warning>
  )
}

function HookFacts({ hook }: { hook: Hook }) {
  const { actions, timeout_ms, on_failure, health, previous_secret_expires_at, created_at } = hook
  const ago = (at: string | null) => (at ? <Instant at={at} relative /> : t('never'))
  return (
    <Facts
      facts={[
        [t('Health'), <HookHealth key="health" hook={hook} />],
        [
          t('Called before'),
          <span key="actions" className="mono">
            {actions.join(' ')}
          </span>,
        ],
        [t('Time to respond'), t('{{duration_ms}} ms', { duration_ms: number(timeout_ms) })],
        [
          t('When it fails'),
          on_failure === 'refuse' ? t('The change is not made') : t('The change is made as it was sent'),
        ],
        [t('Last success'), ago(health.last_success_at)],
        [t('Last failure'), ago(health.last_failure_at)],
        previous_secret_expires_at &&
          !isPast(previous_secret_expires_at) && [
            t('Previous secret'),
            rich('signs beside the new one until <time/>', {
              time: <Instant at={previous_secret_expires_at} />,
            }),
          ],
        [t('Created'), <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
