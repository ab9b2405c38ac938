import { Anchor, Loader, Paper } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { User } from 'comserv'
import { Link, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { Instant } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { usersTrail } from './trail.ts'
import { UserActions } from './user-actions.tsx'
import { roles } from './words.ts'

export function UserPage() {
  const id = Number(useParams().id)
  const may = useMay()
  const { data, error, refetch } = useQuery({
    queryKey: ['users', 'one', id],
    queryFn: () => comserv.users.get(id),
  })
  return (
    <Page
      title={data?.username ?? 'User'}
      under={usersTrail}
      guide="users"
      actions={data && may('users:write') && <UserActions user={data} />}
    >
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
  const may = useMay()
  const { id, email, role, status, created_at, last_login, profile } = user
  const name = [profile.first_name, profile.last_name].filter(Boolean).join(' ')
  const explained = roles.find(({ value }) => value === role)
  return (
    <dl className="facts">
      <dt>Status</dt>
      <dd>
        <Status value={status} />
      </dd>
      <dt>Role</dt>
      <dd>
        {explained?.label} <span className="block quiet">{explained?.explains}</span>
      </dd>
      <dt>Email</dt>
      <dd>
        <Anchor href={`mailto:${email}`}>{email}</Anchor>
      </dd>
      <dt>Name</dt>
      <dd>{name || <Nothing />}</dd>
      <dt>Phone</dt>
      <dd>{profile.phone || <Nothing />}</dd>
      <dt>About</dt>
      <dd className="as-written">{profile.bio || <Nothing />}</dd>
      <dt>Last signed in</dt>
      <dd>{last_login ? <Instant at={last_login} relative /> : 'never'}</dd>
      <dt>Created</dt>
      <dd>
        <Instant at={created_at} />
      </dd>
      {may('documents:read') && (
        <>
          <dt>Documents</dt>
          <dd>
            <Anchor component={Link} to={`/console/documents?author_id=${id}`}>
              Those that they wrote
            </Anchor>
          </dd>
        </>
      )}
    </dl>
  )
}

function Nothing() {
  return <span className="quiet">not given</span>
}
