import type { CredentialRequest } from 'comserv'
import { useSignedIn } from '../session/use-session.ts'
import { UserName } from '../users/user-name.tsx'

/** A user, or the words in which a guest says who they are. */
export function Requester({ request }: { request: CredentialRequest }) {
  const { user } = useSignedIn()
  const { requester_id, contact } = request
  if (requester_id === null)
    return (
      <>
        <bdi>{contact}</bdi> (guest)
      </>
    )
  return requester_id === user.id ? <>you</> : <UserName id={requester_id} />
}
