import { Loader, Paper } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { CredentialForm } from './credential-form.tsx'
import { credentialsTrail } from './credential-page.tsx'

export function EditCredentialPage() {
  const id = Number(useParams().id)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data, error } = useQuery({
    queryKey: ['credentials', 'answer', id],
    queryFn: () => comserv.credentials.get(id).withResponse(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const back = () => navigate(`/console/developer/credentials/${id}`)
  return (
    <Page
      title={data ? `Change “${data.data.name}”` : 'Change a key'}
      under={credentialsTrail}
      lead="What a program may do changes at once, also for tokens that it has."
    >
      {error && <ProblemAlert error={error} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Paper withBorder p="lg" maw={760}>
          <CredentialForm
            credential={data.data}
            verb="Save"
            send={(input) => comserv.credentials.update(id, input, { ifMatch: data.etag })}
            onDone={async () => {
              await queryClient.invalidateQueries({ queryKey: ['credentials'] })
              back()
            }}
            onCancel={back}
          />
        </Paper>
      )}
    </Page>
  )
}
