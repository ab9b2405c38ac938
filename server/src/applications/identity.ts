import type { Context } from '../context.ts'
import { fromTimestamp, secondMs } from '../lib/timestamps.ts'
import { tokenLifetimeSeconds } from '../oauth/access-tokens.ts'
import { signedToken } from '../oauth/key-material.ts'
import { wordsOf } from './service.ts'
import type { SignInRow } from './sign-in-store.ts'
import type { ApplicationRow } from './store.ts'

export interface KnownPerson {
  username: string
  email: string
  role: string
}

/** What an application may know of a person (OpenID Connect Core §5.4). */
export function claimsOf({ username, email, role }: KnownPerson, scopes: readonly string[]) {
  return {
    ...(scopes.includes('profile') ? { preferred_username: username, roles: [role] } : {}),
    ...(scopes.includes('email') ? { email } : {}),
  }
}

/** Who signed in, signed for the application (OpenID Connect Core §2). */
export async function idToken(
  { tokens, signingKeys, clock }: Pick<Context, 'tokens' | 'signingKeys' | 'clock'>,
  { client_id, id_token_alg }: ApplicationRow,
  { sid, nonce, scopes, signed_in_at }: SignInRow,
  person: KnownPerson,
  subject: string,
): Promise<string> {
  const { kid, alg, signWith } = await signingKeys.forIdentities(id_token_alg)
  const issuedAt = Math.floor(clock.now() / secondMs)
  const claims = {
    iss: tokens.issuer,
    aud: client_id,
    sub: subject,
    sid,
    iat: issuedAt,
    exp: issuedAt + tokenLifetimeSeconds,
    auth_time: Math.floor(fromTimestamp(signed_in_at) / secondMs),
    ...(nonce === null ? {} : { nonce }),
    ...claimsOf(person, wordsOf(scopes)),
  }
  return signedToken(alg, signWith, { alg, typ: 'JWT', kid }, claims)
}
