import { Button, Loader, Paper } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { User } from 'comserv'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { sentenceOf } from '../api/problem.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Instant } from '../parts/instant.tsx'
import { offerRestore } from '../parts/offer-restore.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Status } from '../parts/status.tsx'
import { useMay, useSignedIn } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { usersTrail } from './new-user-page.tsx'

export function UserPage() {
  const id = Number(useParams().id)
  const { data, error, refetch } = useQuery({
    queryKey: ['users', 'one', id],
    queryFn: () => comserv.users.get(id),
  })
  return (
    <Page title={data?.username ?? 'User'} under={usersTrail} actions={data && <Actions user={data} />}>
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Paper withBorder p="lg">
          <Facts user={data} />
        </Paper>
      )}
    </Page>
  )
}

function Facts({ user }: { user: User }) {
  const { id, email, role, status, created_at, last_login, profile } = user
  const name = [profile.first_name, profile.last_name].filter(Boolean).join(' ')
  return (
    <dl className="facts">
      <dt>Name</dt>
      <dd>{name || '–'}</dd>
      <dt>Email</dt>
      <dd>{email}</dd>
      <dt>Role</dt>
      <dd>{role}</dd>
      <dt>Status</dt>
      <dd>
        <Status value={status} />
      </dd>
      <dt>Phone</dt>
      <dd>{profile.phone || '–'}</dd>
      <dt>About</dt>
      <dd className="lines">{profile.bio || '–'}</dd>
      <dt>Last sign-in</dt>
      <dd>{last_login ? <Instant at={last_login} relative /> : 'never'}</dd>
      <dt>Created</dt>
      <dd>
        <Instant at={created_at} />
      </dd>
      <dt>Id</dt>
      <dd>{id}</dd>
    </dl>
  )
}

function Actions({ user }: { user: User }) {
  const { id, username, status } = user
  const may = useMay()
  const me = useSignedIn().user.id
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  const changed = () => queryClient.invalidateQueries({ queryKey: ['users'] })
  const isSuspended = status === 'suspended'
  const turn = useMutation({
    mutationFn: () => comserv.users.update(id, { status: isSuspended ? 'active' : 'suspended' }),
    onSuccess: changed,
    onError: (error) =>
      notifications.show({ color: 'red', title: 'Not changed', message: sentenceOf(error) }),
  })
  if (!may('users:write')) return null
  return (
    <>
      <Button component={Link} to="edit" variant="default">
        Edit
      </Button>
      {id !== me && (
        <>
          <Button variant="default" loading={turn.isPending} onClick={() => turn.mutate()}>
            {isSuspended ? 'Reinstate' : 'Suspend'}
          </Button>
          <Button variant="outline" color="red" className="destroys" onClick={() => setAsked(true)}>
            Delete
          </Button>
        </>
      )}
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={`Delete the user “${username}”?`}
        verb="Delete"
        act={() => comserv.users.delete(id)}
        onDone={() => {
          navigate('/console/users')
          void changed()
          offerRestore(`The user “${username}” was deleted.`, async () => {
            await comserv.users.restore(id)
            await changed()
            navigate(`/console/users/${id}`)
          })
        }}
      >
        The user is signed out, and keys that the user owns stop working. For 30 days the user can be brought
        back from the trash.
      </Confirm>
    </>
  )
}
