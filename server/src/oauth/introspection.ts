import type { Static } from 'typebox'
import type { CredentialPrincipal } from '../access/caller.ts'
import { whyRefused } from '../access/credential-directory.ts'
import { scopesWithin } from '../access/scopes.ts'
import { closed, UnixSeconds } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'

export const Introspection = closed(
  {
    active: Type.Boolean({ description: 'If false, all other fields are absent' }),
    scope: Type.Optional(
      Type.String({ description: 'The scopes that the token has now', examples: ['read write'] }),
    ),
    client_id: Type.Optional(Type.String()),
    token_type: Type.Optional(Type.String({ enum: ['Bearer'] })),
    exp: Type.Optional(UnixSeconds),
    iat: Type.Optional(UnixSeconds),
    sub: Type.Optional(Type.String()),
    aud: Type.Optional(Type.String()),
    iss: Type.Optional(Type.String()),
    jti: Type.Optional(Type.String()),
  },
  { title: 'Introspection' },
)
export type Introspection = Static<typeof Introspection>

/**
 * Whether an access token is active, and its scopes (RFC 7662). A client may introspect its own tokens, and any token with
 * the scope `admin`; all others look as if they did not exist (§2.2).
 */
export async function introspectToken(
  { tokens, credentials, clock }: Context,
  client: CredentialPrincipal,
  token: string,
): Promise<Introspection> {
  const check = await tokens.check(token)
  if (check.kind === 'refused' || check.claims.sid !== undefined) return { active: false }
  const { clientId, scopeNames, jti, issuedAtMs, expiresAtMs } = check.claims
  if (clientId !== client.clientId && !client.scopes.has('admin')) return { active: false }
  const known = await credentials.byClientId(clientId)
  if (!known || whyRefused(known, clock.now(), { jti }) !== undefined) return { active: false }
  return {
    active: true,
    scope: scopesWithin(scopeNames, known.principal.scopes).join(' '),
    client_id: clientId,
    token_type: 'Bearer',
    exp: expiresAtMs / 1_000,
    iat: issuedAtMs / 1_000,
    sub: clientId,
    aud: tokens.audience,
    iss: tokens.issuer,
    jti,
  }
}
