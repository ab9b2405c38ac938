import { OAuthError } from '../api/oauth-errors.ts'
import type { Config } from '../config/decide.ts'
import type { Form } from './client-authentication.ts'

/**
 * An application may name what it wants a token for (RFC 8707 §2). A token is for all of this server, so that it may name
 * the server, the API or the address for assistants, and nothing else. A machine that asks with its own secret is not held
 * to it: v1 has never read the parameter there.
 * @throws OAuthError invalid_target
 */
export function requireOwnResource({ publicUrl }: Pick<Config, 'publicUrl'>, form: Form): void {
  const own = ['', '/', '/api/v1', '/mcp'].map((path) => publicUrl + path)
  const foreign = form
    .get('resource')
    ?.split(' ')
    .find((resource) => !own.includes(normalized(resource)))
  if (foreign === undefined) return
  throw new OAuthError(
    'invalid_target',
    `Tokens are for this server alone: the parameter 'resource' may be ${publicUrl}, ${publicUrl}/api/v1 or ${publicUrl}/mcp.`,
  )
}

/** Scheme and host in lower case, without the usual port. */
function normalized(resource: string): string {
  const url = URL.parse(resource)
  return url === null || url.hash !== '' || url.username !== '' ? resource : url.href
}
