import { Loader, Paper } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { webhooksTrail } from './webhooks-trail.ts'

export function EditWebhookPage() {
  const id = Number(useParams().id)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data, error } = useQuery({
    queryKey: ['webhooks', 'answer', id],
    queryFn: () => comserv.webhooks.get(id),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const back = () => navigate(`/console/developer/webhooks/${id}`)
  return (
    <Page title="Change the webhook" under={webhooksTrail}>
      {error && <ProblemAlert error={error} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Paper withBorder p="lg" maw={760}>
          <WebhookForm
            webhook={data}
            verb="Save"
            send={(input) => comserv.webhooks.update(id, input)}
            onDone={async () => {
              await queryClient.invalidateQueries({ queryKey: ['webhooks'] })
              back()
            }}
            onCancel={back}
          />
        </Paper>
      )}
    </Page>
  )
}
