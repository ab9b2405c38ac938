import { Paper } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { CredentialWithSecret } from 'comserv'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { developer, Page } from '../shell/page.tsx'
import { CredentialForm } from './credential-form.tsx'
import { createInput } from './credential-input.ts'
import { SecretShown } from './secret-shown.tsx'

const under = [...developer, { label: 'API Credentials', to: '/console/developer/credentials' }]

export function NewCredentialPage() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [made, setMade] = useState<CredentialWithSecret>()
  if (made) {
    return (
      <Page title="Store this key now" under={under}>
        <SecretShown
          credential={made}
          onDone={() => navigate(`/console/developer/credentials/${made.id}`, { replace: true })}
        />
      </Page>
    )
  }
  return (
    <Page title="Generate New API Key" under={under} guide="authentication#making-credentials">
      <Paper withBorder p="lg" maw={760}>
        <CredentialForm
          verb="Generate key"
          send={(values) => comserv.credentials.create(createInput(values))}
          onDone={(credential) => {
            void queryClient.invalidateQueries({ queryKey: ['credentials'] })
            setMade(credential)
          }}
          onCancel={() => navigate('/console/developer/credentials')}
        />
      </Paper>
    </Page>
  )
}
