import { Loader, Paper } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { User } from 'comserv'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { FieldChanges, fieldChanges } from '../diff/field-changes.tsx'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { usersTrail } from './trail.ts'
import { UserForm, valuesOf } from './user-form.tsx'
import { updateInput } from './user-input.ts'

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
              await comserv.users.update(id, change, { ifMatch: anyway ? undefined : data.etag })
            }}
            onDone={() => {
              void queryClient.invalidateQueries({ queryKey: ['users'] })
              void queryClient.invalidateQueries({ queryKey: ['user-name', id] })
              back()
            }}
            onCancel={back}
            meanwhile={(saveAnyway) => (
              <ChangedMeanwhile
                what={`“${data.data.username}”`}
                onLoad={() => void refetch()}
                onSaveAnyway={saveAnyway}
              >
                <TheirChanges before={data.data} />
              </ChangedMeanwhile>
            )}
          />
        </Paper>
      )}
    </Page>
  )
}

/** What the other person changed, so that one can tell whose version is right. */
function TheirChanges({ before }: { before: User }) {
  const { data } = useQuery({
    queryKey: ['users', 'one', before.id],
    queryFn: () => comserv.users.get(before.id),
    staleTime: 0,
  })
  if (!data) return null
  return (
    <FieldChanges
      changes={fieldChanges(valuesOf(before), valuesOf(data), {
        username: 'Username',
        email: 'Email',
        role: 'Role',
        status: 'Status',
        first_name: 'First name',
        last_name: 'Last name',
        phone: 'Phone',
        bio: 'About',
      })}
    />
  )
}
