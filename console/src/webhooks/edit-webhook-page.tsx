import { Loader, Paper } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { TheirChanges } from '../diff/their-changes.tsx'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { updateInput } from './webhook-input.ts'
import { webhooksTrail } from './webhooks-trail.ts'

const labels = {
  url: 'Destination URL',
  events: 'Events',
  description: 'Description',
  header_names: 'Headers of its own',
  concurrency: 'At the same time',
  rate_limit_per_minute: 'Requests a minute',
  status: 'Status',
} as const

export function EditWebhookPage() {
  const id = Number(useParams().id)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['webhook-to-edit', id],
    queryFn: () => comserv.webhooks.get(id).withResponse(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const back = () => navigate(`/console/developer/webhooks/${id}`)
  return (
    <Page title="Change the webhook" under={webhooksTrail} guide="webhooks#change-a-webhook">
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Paper withBorder p="lg" maw={760}>
          <WebhookForm
            key={data.etag}
            webhook={data.data}
            verb="Save"
            send={async (values, anyway) => {
              const change = updateInput(data.data, values)
              if (Object.keys(change).length === 0) return
              const saved = await comserv.webhooks.update(id, change, {
                ifMatch: anyway ? undefined : data.etag,
              })
              // Its page shows this at once, and not for a moment what it was before.
              queryClient.setQueryData(['webhooks', 'one', id], saved)
            }}
            onDone={() => {
              void queryClient.invalidateQueries({ queryKey: ['webhooks'] })
              back()
            }}
            onCancel={back}
            meanwhile={(saveAnyway) => (
              <ChangedMeanwhile what="this webhook" onLoad={() => void refetch()} onSaveAnyway={saveAnyway}>
                <TheirChanges
                  queryKey={['webhooks', 'theirs', id]}
                  before={data.data}
                  read={() => comserv.webhooks.get(id)}
                  labels={labels}
                />
              </ChangedMeanwhile>
            )}
          />
        </Paper>
      )}
    </Page>
  )
}
