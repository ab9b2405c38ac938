import { Loader, Paper } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { usersTrail } from './new-user-page.tsx'
import { UserForm } from './user-form.tsx'

export function EditUserPage() {
  const id = Number(useParams().id)
  const may = useMay()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data, error } = useQuery({
    queryKey: ['users', 'answer', id],
    queryFn: () => comserv.users.get(id).withResponse(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const back = () => navigate(`/console/users/${id}`)
  return (
    <Page title={data ? `Edit ${data.data.username}` : 'Edit user'} under={usersTrail}>
      {error && <ProblemAlert error={error} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Paper withBorder p="lg" maw={860}>
          <UserForm
            user={data.data}
            verb="Save"
            // Whoever may not change roles may not send one either.
            send={({ role, ...input }) =>
              comserv.users.update(
                id,
                { ...input, ...(may('admin') ? { role } : {}) },
                { ifMatch: data.etag },
              )
            }
            onDone={async () => {
              await queryClient.invalidateQueries({ queryKey: ['users'] })
              back()
            }}
            onCancel={back}
          />
        </Paper>
      )}
    </Page>
  )
}
