import { Anchor, Paper } from '@mantine/core'
import type { User } from 'comserv'
import { Link } from 'react-router'
import { RoleName, useCatalog } from '../catalog/use-catalog.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import { Access } from '../permissions/access.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { useMay } from '../session/use-session.ts'
import { PersonalData } from './personal-data.tsx'
import { UserActions } from './user-actions.tsx'
import { UserSessions } from './user-sessions.tsx'
import { users } from './users.ts'

export function UserPage() {
  const may = useMay()
  return (
    <RecordPage kind={users} actions={(read) => may('users:write') && <UserActions read={read} />}>
      {(user) => (
        <>
          <Paper withBorder p="lg">
            <UserFacts user={user} />
          </Paper>
          {may('admin') && <UserSessions user={user} />}
          {may('admin') && <PersonalData user={user} />}
          <Access user={user} />
        </>
      )}
    </RecordPage>
  )
}

function UserFacts({ user }: { user: User }) {
  const may = useMay()
  const { id, email, role, status, created_at, last_login, profile } = user
  const name = [profile.first_name, profile.last_name].filter(Boolean).join(' ')
  const explained = useCatalog().roles.find(({ name }) => name === role)
  return (
    <Facts
      facts={[
        ['Status', <Status key="status" value={status} />],
        [
          'Role',
          <>
            <RoleName role={role} /> <span className="block quiet">{explained?.description}</span>
          </>,
        ],
        [
          'Email',
          <Anchor key="email" href={`mailto:${email}`}>
            {email}
          </Anchor>,
        ],
        ['Name', name || <Nothing />],
        ['Phone', profile.phone || <Nothing />],
        [
          'About',
          <span key="bio" className="as-written" dir="auto">
            {profile.bio || <Nothing />}
          </span>,
        ],
        [
          'Last signed in',
          last_login ? <Instant at={last_login} relative /> : <NeverSignedIn key="never" user={user} />,
        ],
        ['Created', <Instant key="created" at={created_at} />],
        may('admin') && [
          'Owns',
          <span key="owns">
            <Anchor component={Link} to={`/console/developer/credentials?owner_id=${id}`}>
              API credentials
            </Anchor>
            {' and '}
            <Anchor component={Link} to={`/console/developer/webhooks?owner_id=${id}`}>
              webhooks
            </Anchor>
          </span>,
        ],
        may('documents:read') && [
          'Documents',
          <Anchor key="documents" component={Link} to={`/console/documents?author_id=${id}`}>
            Written by this user
          </Anchor>,
        ],
      ]}
    />
  )
}

/** Such as a user who was imported without a password. */
function NeverSignedIn({ user: { username, status } }: { user: User }) {
  const may = useMay()
  if (!may('users:write') || status !== 'active') return 'never'
  return (
    <>
      never{' '}
      <span className="block quiet">
        Without a password yet?{' '}
        <Anchor component={Link} to="edit" inherit>
          {'Set one'}
        </Anchor>
        , or have the operator of the server make a link:{' '}
        <code>
          comserv admin reset-password <bdi>{username}</bdi>
        </code>
      </span>
    </>
  )
}

function Nothing() {
  return <span className="quiet">not given</span>
}
