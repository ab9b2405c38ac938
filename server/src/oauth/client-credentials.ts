import type { CredentialPrincipal } from '../access/caller.ts'
import { type Withheld, withheldBy } from '../access/grant.ts'
import { expandScopes, type ScopeName, scopeBeyond, scopeNames, scopesWithin } from '../access/scopes.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import type { Context } from '../context.ts'
import { tokenLifetimeSeconds } from './access-tokens.ts'
import type { Form } from './client-authentication.ts'

/** A credential is told whose they are. */
const forApplications: ReadonlySet<string> = new Set([
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
])

/** The client credentials grant (RFC 6749 §4.4). @throws OAuthError */
export async function clientCredentialsGrant(
  context: Context,
  form: Form,
  authenticate: () => Promise<CredentialPrincipal>,
) {
  const grantType = form.get('grant_type')
  if (grantType === undefined)
    throw new OAuthError('invalid_request', "The parameter 'grant_type' is required.")
  if (forApplications.has(grantType)) {
    throw new OAuthError(
      'invalid_client',
      `The grant type '${grantType}' is for applications: send the client_id of one, which begins with cs_app_.`,
    )
  }
  if (grantType !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', "The only supported grant type is 'client_credentials'.")
  }
  const principal = await authenticate()
  const scope = grantedScopes(principal, form.get('scope'))
  return {
    access_token: await context.tokens.issue(principal, scope),
    token_type: 'Bearer',
    expires_in: tokenLifetimeSeconds,
    scope: scope.join(' '),
  }
}

/** The requested scopes, or all that the credential and its owner have. */
function grantedScopes(principal: CredentialPrincipal, asked: string | undefined): readonly ScopeName[] {
  const { scopes, withheld } = principal
  const names = new Set(asked?.split(' ').filter((name) => name !== ''))
  const unknown = [...names].find((name) => !scopeNames.some((known) => known === name))
  if (unknown !== undefined) throw new OAuthError('invalid_scope', `'${unknown}' is not a scope.`)
  if (scopes.size === 0) {
    throw new OAuthError(
      'invalid_scope',
      `${holderOf(withheldBy(withheld, expandScopes(principal.scopeNames)))} none of the scopes that the credential was given: ${principal.scopeNames.join(', ')}.`,
    )
  }
  if (names.size === 0) return scopesWithin(principal.scopeNames, scopes)
  const wanted = scopeNames.filter((name) => names.has(name))
  const beyond = scopeBeyond(wanted, scopes)
  if (beyond !== undefined) throw new OAuthError('invalid_scope', refusalOf(beyond, principal))
  return wanted
}

function refusalOf(beyond: ScopeName, { scopes, withheld }: CredentialPrincipal): string {
  const by = withheldBy(withheld, expandScopes([beyond]).difference(scopes))
  if (!by) return `The credential does not have the scope '${beyond}'.`
  const holder = by.by === 'role' ? `its owner's role '${by.name}'` : `'${by.name}', which it descends from,`
  return `The credential was given the scope '${beyond}', but ${holder} does not have it.`
}

function holderOf(by: Withheld | undefined): string {
  if (by?.by === 'role') return `The role '${by.name}' of the credential's owner has`
  return by
    ? `The credential '${by.name}', which it descends from, has`
    : 'Its owner and those it descends from have'
}
