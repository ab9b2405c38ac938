import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import { useSignedIn } from '../session/use-session.ts'
import { useUserName } from './use-user-name.ts'

/** A user by id; by name if the person may read users and the user still exists. */
export function UserName({ id }: { id: number }) {
  const { name, isSystem } = useUserName(id)
  const { user } = useSignedIn()
  if (!name) return id === user.id ? t('you') : t('user {{id}}', { id })
  if (isSystem)
    return <span title={t('Made on the server’s command line, or by a key that was')}>{name}</span>
  return (
    <Anchor component={Link} to={`/console/users/${id}`} dir="auto">
      {name}
    </Anchor>
  )
}
