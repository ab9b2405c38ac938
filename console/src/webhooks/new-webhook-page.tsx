import { Paper } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { WebhookWithSecret } from 'comserv'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { Page } from '../shell/page.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { createInput } from './webhook-input.ts'
import { WebhookSecret } from './webhook-secret.tsx'
import { webhooksTrail } from './webhooks-trail.ts'

export function NewWebhookPage() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [made, setMade] = useState<WebhookWithSecret>()
  if (made) {
    return (
      <Page title="Store this secret now" under={webhooksTrail}>
        <WebhookSecret
          webhook={made}
          onDone={() => navigate(`/console/developer/webhooks/${made.id}`, { replace: true })}
        />
      </Page>
    )
  }
  return (
    <Page title="Add Webhook" under={webhooksTrail} guide="webhooks#add-a-webhook">
      <Paper withBorder p="lg" maw={760}>
        <WebhookForm
          verb="Add webhook"
          send={(values) => comserv.webhooks.create(createInput(values))}
          onDone={(webhook) => {
            void queryClient.invalidateQueries({ queryKey: ['webhooks'] })
            setMade(webhook)
          }}
          onCancel={() => navigate('/console/developer/webhooks')}
        />
      </Paper>
    </Page>
  )
}
