import { Anchor, Button, Paper, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { TestReceiverWithRequests } from 'comserv'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Empty } from '../parts/empty.tsx'
import { Facts } from '../parts/facts.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { webhooks } from '../webhooks/webhooks.ts'
import { ReceivedRequest } from './received-request.tsx'

/** What a receiver on this server has received. */
export function ReceiverPage() {
  const id = Number(useParams().id)
  const [isGoing, setGoing] = useState(false)
  const read = useQuery({
    queryKey: ['test-receivers', id],
    // Nobody asks for what is being deleted.
    enabled: !isGoing,
    queryFn: () => comserv.testReceivers.get(id),
    refetchInterval: 2_000,
  })
  // The webhooks that send to it: those of the person, of whom the server shows the newest first.
  const sending = useQuery({
    queryKey: ['webhooks', 'at', read.data?.url],
    queryFn: async () => {
      const { data } = await comserv.webhooks.list({ limit: 100 })
      return data.filter(({ url }) => url === read.data?.url)
    },
    enabled: read.data !== undefined,
  })
  const [webhook] = sending.data ?? []
  return (
    <Page
      title={t('Test receiver')}
      under={webhooks.trail}
      guide="webhooks#try-it-without-a-receiver"
      lead={t(
        'A receiver on this server, to try webhooks without a program. It verifies signatures as yours will.',
      )}
      actions={read.data && <Actions receiver={read.data} webhookId={webhook?.id} setGoing={setGoing} />}
    >
      <Reading query={read}>
        {(receiver) => (
          <>
            <Paper withBorder p="lg">
              <ReceiverFacts receiver={receiver} webhookId={webhook?.id} />
            </Paper>
            <Section title={t('Requests')}>
              {receiver.requests.length === 0 ? (
                <Empty title={t('Nothing has arrived yet')}>
                  {t(
                    '“Send a test event” sends a signed request now. So does every change that the webhook subscribes to: change a document in another tab, and it appears here.',
                  )}
                </Empty>
              ) : (
                <Stack gap="sm">
                  {receiver.requests.map((request, i) => (
                    <ReceivedRequest key={request.id} request={request} isOpen={i === 0} />
                  ))}
                </Stack>
              )}
            </Section>
          </>
        )}
      </Reading>
    </Page>
  )
}

interface Props {
  receiver: TestReceiverWithRequests
  /** Undefined until it is known, and if none sends to it. */
  webhookId: number | undefined
}

function ReceiverFacts({ receiver, webhookId }: Props) {
  const { url, received, requests, response_status, expires_at } = receiver
  return (
    <Facts
      facts={[
        [
          t('URL'),
          <span key="url" className="anywhere">
            <span className="mono">{url}</span> <CopyButton text={url} what={t('the URL')} />
          </span>,
        ],
        [
          t('Webhook'),
          webhookId === undefined ? (
            <span className="quiet">{t('no webhook has this URL')}</span>
          ) : (
            <Anchor key="webhook" component={Link} to={`${webhooks.path}/${webhookId}`}>
              {t('webhook {{webhookId}}', { webhookId })}
            </Anchor>
          ),
        ],
        [t('Responds with'), response_status],
        [
          t('Received'),
          received > requests.length
            ? t('{{count}} requests, the last {{shown}} are shown', {
                count: received,
                shown: requests.length,
              })
            : t('{{count}} requests', { count: received }),
        ],
        [
          t('Deleted', { context: 'later' }),
          <span key="deleted">
            {rich('<time/>, with everything it received', { time: <Instant at={expires_at} relative /> })}
          </span>,
        ],
      ]}
    />
  )
}

function Actions({ receiver: { id }, webhookId, setGoing }: Props & { setGoing(isGoing: boolean): void }) {
  const may = useMay()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [asked, setAsked] = useState(false)
  const test = useMutation({
    mutationFn: async () => comserv.webhooks.test(webhookId ?? 0),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['test-receivers', id] }),
    onError: (error) => noticeOfProblem(t('Not sent'), error),
  })
  if (!may('webhooks:write')) return null
  return (
    <>
      <Button
        leftSection={<Icon name="send" size={16} />}
        disabled={webhookId === undefined}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {t('Send a test event')}
      </Button>
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked(true)}>
        {t('Delete')}
      </Button>
      <Confirm
        opened={asked}
        onClose={() => setAsked(false)}
        title={t('Delete the test receiver?')}
        verb={t('Delete')}
        act={async () => {
          setGoing(true)
          try {
            if (webhookId !== undefined) await comserv.webhooks.delete(webhookId)
            await comserv.testReceivers.delete(id)
          } catch (error) {
            setGoing(false)
            throw error
          }
        }}
        onDone={() => {
          void queryClient.invalidateQueries({ queryKey: ['webhooks'] })
          navigate(webhooks.path)
        }}
      >
        {t(
          'The requests that it received and the webhook that sends to it are deleted as well. This cannot be undone.',
        )}
      </Confirm>
    </>
  )
}
