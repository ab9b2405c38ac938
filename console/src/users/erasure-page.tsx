import { Paper } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Erasure } from 'comserv'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { counted } from '../parts/counted.ts'
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
      title={`Erasure of user ${id}`}
      under={users.trail}
      guide="personal-data"
      actions={
        read.data?.status === 'waiting' && (
          <CancelErasure id={id} name={`user ${id}`} onDone={() => navigate(users.path)} />
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
        ['Status', <Status key="status" value={status} tone={isWaiting ? 'warning' : 'quiet'} />],
        ['Requested', <Instant key="requested" at={requested_at} seconds />],
        isWaiting && [
          'Due',
          <>
            <Instant at={due_at} relative />; it can be cancelled until then
          </>,
        ],
        isWaiting && [
          'Ends with it',
          `${counted(credentials, 'credential')} and ${counted(webhooks, 'webhook')}, unless handed over`,
        ],
        erased_at && ['Erased', <Instant key="erased" at={erased_at} seconds />],
      ]}
    />
  )
}

function Receipt({ receipt }: { receipt: NonNullable<Erasure['receipt']> }) {
  const { requested_by, removed, unreadable, kept } = receipt
  return (
    <>
      <Section title="Receipt" frame="below">
        <Facts
          facts={[
            ['Requested by', requested_by.replace(':', ' ')],
            ['Credentials revoked', removed.credentials.toLocaleString()],
            ['Webhooks deleted', removed.webhooks.toLocaleString()],
            ['Stored responses removed', removed.stored_responses.toLocaleString()],
            ['Events made unreadable', unreadable.events.toLocaleString()],
            ['Audit rows made unreadable', unreadable.audit_rows.toLocaleString()],
            ['Documents kept', kept.documents.toLocaleString()],
          ]}
        />
      </Section>
      <Section title="As JSON, with its SHA-256">
        <CodeBlock text={JSON.stringify(receipt, null, 2)} what="the receipt" />
      </Section>
    </>
  )
}
