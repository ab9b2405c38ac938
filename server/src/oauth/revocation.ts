import type { CredentialPrincipal } from '../access/caller.ts'
import type { Context } from '../context.ts'
import { minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { deleteExpiredRevocations, insertRevokedToken } from './revocation-store.ts'

/** Expired revocations are kept a little longer, in case the clocks of the processes differ. */
const purgeAfterMs = minuteMs

/**
 * Revokes an access token (RFC 7009): at once in this process, within the freshness of the credential directory in others.
 * Anything that is not an access token of this client is ignored silently, so that nobody can probe for tokens (§2.2).
 */
export async function revokeToken(
  { tokens, credentials, database, clock }: Context,
  client: CredentialPrincipal,
  token: string,
): Promise<void> {
  const check = await tokens.check(token)
  if (check.kind === 'refused' || check.claims.clientId !== client.clientId) return
  const { jti, expiresAtMs } = check.claims
  await database.write(async (trx) => {
    trx.afterCommit(() => credentials.forgetAll())
    await deleteExpiredRevocations(trx.db, toTimestamp(clock.now() - purgeAfterMs))
    await insertRevokedToken(trx.db, { jti, credential_id: client.id, expires_at: toTimestamp(expiresAtMs) })
  })
}
