import type { CredentialRequest } from 'comserv'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { useSignedIn } from '../session/use-session.ts'
import { UserName } from '../users/user-name.tsx'

/** A user, or the words in which a guest says who they are. */
export function Requester({ request }: { request: CredentialRequest }) {
  const { user } = useSignedIn()
  const { requester_id, contact } = request
  if (requester_id === null) return <>{rich('<bdi/> (guest)', { bdi: <bdi>{contact}</bdi> })}</>
  return requester_id === user.id ? t('you') : <UserName id={requester_id} />
}
