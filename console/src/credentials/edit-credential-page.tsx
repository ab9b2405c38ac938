import { Loader, Paper } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Credential } from 'comserv'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { TheirChanges } from '../diff/their-changes.tsx'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { localTime } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { CredentialForm } from './credential-form.tsx'
import { updateInput } from './credential-input.ts'
import { credentialsTrail } from './credential-page.tsx'

const labels = {
  name: 'Name',
  scopes: 'Scopes',
  tier: 'Tier',
  expires_at: 'Expires',
  allowed_ips: 'Allowed IP addresses',
  status: 'Status',
} as const

export function EditCredentialPage() {
  const id = Number(useParams().id)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['credential-to-edit', id],
    queryFn: () => comserv.credentials.get(id).withResponse(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const back = () => navigate(`/console/developer/credentials/${id}`)
  return (
    <Page
      title={data ? `Change “${data.data.name}”` : 'Change a key'}
      under={credentialsTrail}
      guide="authentication#scopes"
      lead="What a program may do changes at once, also for tokens that it has."
    >
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Paper withBorder p="lg" maw={760}>
          <CredentialForm
            key={data.etag}
            credential={data.data}
            verb="Save"
            send={async (values, anyway) => {
              const change = updateInput(data.data, values)
              if (Object.keys(change).length === 0) return
              const saved = await comserv.credentials.update(id, change, {
                ifMatch: anyway ? undefined : data.etag,
              })
              // Its page shows this at once, and not for a moment what it was before.
              queryClient.setQueryData(['credentials', 'one', id], saved)
            }}
            onDone={() => {
              void queryClient.invalidateQueries({ queryKey: ['credentials'] })
              back()
            }}
            onCancel={back}
            meanwhile={(saveAnyway) => (
              <ChangedMeanwhile
                what={`“${data.data.name}”`}
                onLoad={() => void refetch()}
                onSaveAnyway={saveAnyway}
              >
                <TheirChanges
                  queryKey={['credentials', 'theirs', id]}
                  before={shown(data.data)}
                  read={async () => shown(await comserv.credentials.get(id))}
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

function shown(credential: Credential): Credential {
  const { expires_at } = credential
  return { ...credential, expires_at: expires_at && localTime(expires_at) }
}
