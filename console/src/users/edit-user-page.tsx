import { Loader, Paper } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { TheirChanges } from '../diff/their-changes.tsx'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { usersTrail } from './trail.ts'
import { UserForm, valuesOf } from './user-form.tsx'
import { updateInput } from './user-input.ts'

const labels = {
  username: 'Username',
  email: 'Email',
  role: 'Role',
  status: 'Status',
  first_name: 'First name',
  last_name: 'Last name',
  phone: 'Phone',
  bio: 'About',
} as const

export function EditUserPage() {
  const id = Number(useParams().id)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['user-to-edit', id],
    queryFn: () => comserv.users.get(id).withResponse(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const back = () => navigate(`/console/users/${id}`)
  return (
    <Page
      title={data ? `Change “${data.data.username}”` : 'Change a user'}
      under={[...usersTrail, ...(data ? [{ label: data.data.username, to: `/console/users/${id}` }] : [])]}
      guide="users#change"
    >
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Paper withBorder p="lg" maw={760}>
          <UserForm
            key={data.etag}
            user={data.data}
            verb="Save"
            send={async (values, anyway) => {
              const change = updateInput(data.data, values)
              if (Object.keys(change).length === 0) return
              const saved = await comserv.users.update(id, change, {
                ifMatch: anyway ? undefined : data.etag,
              })
              // Its page shows this at once, and not for a moment what it was before.
              queryClient.setQueryData(['users', 'one', id], saved)
            }}
            onDone={() => {
              void queryClient.invalidateQueries({ queryKey: ['users'] })
              back()
            }}
            onCancel={back}
            meanwhile={(saveAnyway) => (
              <ChangedMeanwhile
                what={`“${data.data.username}”`}
                onLoad={() => void refetch()}
                onSaveAnyway={saveAnyway}
              >
                <TheirChanges
                  queryKey={['users', 'theirs', id]}
                  before={valuesOf(data.data)}
                  read={async () => valuesOf(await comserv.users.get(id))}
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
