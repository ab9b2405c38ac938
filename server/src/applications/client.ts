import { anonymousActor } from '../access/caller.ts'
import { hashSecret, sameHash } from '../access/secret.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import type { Context } from '../context.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import type { ClientShown } from '../oauth/application-grants.ts'
import { applicationOf } from './service.ts'
import type { ApplicationRow } from './store.ts'

const wrong = 'The client id or the secret is wrong.'

/**
 * A server shows its secret; a browser or a native program has none that it could keep, and is known by its code and
 * verifier.
 * @throws OAuthError invalid_client; the same text for an unknown client id and for a wrong secret
 */
export async function authenticateApplication(
  { database, audit }: Context,
  { clientId, clientSecret, byBasic }: ClientShown,
  request: { ip: string; id: string },
): Promise<ApplicationRow> {
  const refuse = (details: string) =>
    new OAuthError('invalid_client', details, byBasic ? { 'www-authenticate': 'Basic realm="comserv"' } : {})
  const application = await applicationOf(database.read, clientId)
  if (!application) throw refuse(wrong)
  const { secret_hash } = application
  if (secret_hash === null) {
    if (clientSecret === undefined) return application
    throw refuse(
      `The application is of the kind '${application.kind}' and has no secret; send only client_id.`,
    )
  }
  if (clientSecret !== undefined && sameHash(hashSecret(clientSecret), secret_hash)) return application
  audit.recordOutside(anonymousActor(plainAddress(request.ip), request.id), {
    action: 'application.refuse_token',
    targetId: application.id,
    details: { reason: wrong },
    per: wrong,
  })
  throw refuse(clientSecret === undefined ? 'The application has a secret; send it, too.' : wrong)
}
