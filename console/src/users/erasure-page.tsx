import { Paper } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Erasure } from 'comserv'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { number } from '../i18n/format.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import { Status } from '../parts/status.tsx'
import { Page } from '../shell/page.tsx'
import { CancelErasure } from './cancel-erasure.tsx'
import { users } from './users.ts'

/** The erasure of a person: while it waits, and its receipt afterwards. */
export function ErasurePage() {
  const id = Number(useParams().id)
  const navigate = useNavigate()
  const read = useQuery({
    queryKey: ['erasure', id],
    queryFn: () => comserv.users.erasure(id),
    // Until it is done.
    refetchInterval: ({ state }) => (state.data?.status === 'waiting' ? 10_000 : false),
  })
  return (
    <Page
      title={t('Erasure of user {{id}}', { id })}
      under={users.trail}
      guide="personal-data"
      actions={
        read.data?.status === 'waiting' && (
          <CancelErasure id={id} name={t('user {{id}}', { id })} onDone={() => navigate(users.path)} />
        )
      }
    >
      <Reading query={read}>
        {(erasure) => (
          <>
            <Paper withBorder p="lg">
              <ErasureFacts erasure={erasure} />
            </Paper>
            {erasure.receipt && <Receipt receipt={erasure.receipt} />}
          </>
        )}
      </Reading>
    </Page>
  )
}

function ErasureFacts({ erasure }: { erasure: Erasure }) {
  const { status, requested_at, due_at, erased_at, credentials, webhooks } = erasure
  const isWaiting = status === 'waiting'
  return (
    <Facts
      facts={[
        [t('Status'), <Status key="status" value={status} tone={isWaiting ? 'warning' : 'quiet'} />],
        [t('Requested'), <Instant key="requested" at={requested_at} seconds />],
        isWaiting && [
          t('Due'),
          rich('<time/>; it can be cancelled until then', { time: <Instant at={due_at} relative /> }),
        ],
        isWaiting && [
          t('Ends with it'),
          t('{{credentials}} and {{webhooks}}, unless handed over', {
            credentials: t('{{count}} credentials', { count: credentials }),
            webhooks: t('{{count}} webhooks', { count: webhooks }),
          }),
        ],
        erased_at && [t('Erased'), <Instant key="erased" at={erased_at} seconds />],
      ]}
    />
  )
}

function Receipt({ receipt }: { receipt: NonNullable<Erasure['receipt']> }) {
  const { requested_by, removed, unreadable, kept } = receipt
  return (
    <>
      <Section title={t('Receipt')} frame="below">
        <Facts
          facts={[
            [t('Requested by'), requested_by.replace(':', ' ')],
            [t('Credentials revoked'), number(removed.credentials)],
            [t('Webhooks deleted'), number(removed.webhooks)],
            [t('Stored responses removed'), number(removed.stored_responses)],
            removed.records !== undefined && [
              t('Records of extensions deleted or emptied'),
              number(removed.records),
            ],
            [t('Events made unreadable'), number(unreadable.events)],
            [t('Audit rows made unreadable'), number(unreadable.audit_rows)],
            [t('Documents kept'), number(kept.documents)],
          ]}
        />
      </Section>
      <Section title={t('As JSON, with its SHA-256')}>
        <CodeBlock text={JSON.stringify(receipt, null, 2)} what={t('the receipt')} />
      </Section>
    </>
  )
}
