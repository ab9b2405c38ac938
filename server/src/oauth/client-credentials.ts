import type { CredentialPrincipal } from '../access/caller.ts'
import { type ScopeName, scopeBeyond, scopeNames } from '../access/scopes.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import type { Context } from '../context.ts'
import { tokenLifetimeSeconds } from './access-tokens.ts'
import type { Form } from './client-authentication.ts'

/** The client credentials grant (RFC 6749 §4.4). @throws OAuthError */
export async function clientCredentialsGrant(
  context: Context,
  form: Form,
  authenticate: () => Promise<CredentialPrincipal>,
) {
  const grantType = form.get('grant_type')
  if (grantType === undefined)
    throw new OAuthError('invalid_request', "The parameter 'grant_type' is required.")
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

/** The requested scopes, or all that the credential has. */
function grantedScopes(principal: CredentialPrincipal, asked: string | undefined): readonly ScopeName[] {
  if (asked === undefined || asked.trim() === '') return principal.scopeNames
  const names = new Set(asked.split(' ').filter((name) => name !== ''))
  const unknown = [...names].find((name) => !scopeNames.some((known) => known === name))
  if (unknown !== undefined) throw new OAuthError('invalid_scope', `'${unknown}' is not a scope.`)
  const wanted = scopeNames.filter((name) => names.has(name))
  const beyond = scopeBeyond(wanted, principal.scopes)
  if (beyond !== undefined)
    throw new OAuthError('invalid_scope', `The credential does not have the scope '${beyond}'.`)
  return wanted
}
