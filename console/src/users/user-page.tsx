import { Anchor, Paper } from '@mantine/core'
import type { User } from 'comserv'
import { Link } from 'react-router'
import { RoleName, useCatalog } from '../catalog/use-catalog.ts'
import { described } from '../i18n/descriptions.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import { Access } from '../permissions/access.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { useMay } from '../session/use-session.ts'
import { PersonalData } from './personal-data.tsx'
import { UserActions } from './user-actions.tsx'
import { UserSecondFactors } from './user-second-factors.tsx'
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
          {may('admin') && <UserSecondFactors user={user} />}
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
        [t('Status'), <Status key="status" value={status} />],
        [
          t('Role'),
          <>
            <RoleName role={role} />{' '}
            <span className="block quiet">{explained && described('role', explained)}</span>
          </>,
        ],
        [
          t('Email'),
          <Anchor key="email" href={`mailto:${email}`}>
            {email}
          </Anchor>,
        ],
        [t('Name'), name || <Nothing />],
        [t('Phone'), profile.phone || <Nothing />],
        [
          t('About', { context: 'person' }),
          <span key="bio" className="as-written" dir="auto">
            {profile.bio || <Nothing />}
          </span>,
        ],
        [
          t('Last signed in'),
          last_login ? <Instant at={last_login} relative /> : <NeverSignedIn key="never" user={user} />,
        ],
        [t('Created'), <Instant key="created" at={created_at} />],
        may('admin') && [
          t('Owns'),
          <span key="owns">
            <Anchor component={Link} to={`/console/developer/credentials?owner_id=${id}`}>
              {t('API credentials')}
            </Anchor>
            {` ${t('and')} `}
            <Anchor component={Link} to={`/console/developer/webhooks?owner_id=${id}`}>
              {t('webhooks')}
            </Anchor>
          </span>,
        ],
        may('documents:read') && [
          t('Documents'),
          <Anchor key="documents" component={Link} to={`/console/documents?author_id=${id}`}>
            {t('Written by this user')}
          </Anchor>,
        ],
      ]}
    />
  )
}

/** Such as a user who was imported without a password. */
function NeverSignedIn({ user: { status } }: { user: User }) {
  const may = useMay()
  if (!may('users:write') || status !== 'active') return t('never')
  return (
    <>
      {rich('never <hint/>', {
        hint: (
          <span className="block quiet">
            {t('Without a password yet? “Password link” lets them choose one.')}
          </span>
        ),
      })}
    </>
  )
}

function Nothing() {
  return <span className="quiet">{t('not given')}</span>
}
