import type { Context } from '../context.ts'
import { whyRefused, wrongSecret } from '../credentials/directory.ts'
import { hashSecret, isWellFormedClientId } from '../credentials/secret.ts'
import type { CredentialPrincipal } from '../http/caller.ts'
import { formParametersMax } from '../http/limits.ts'
import { OAuthError } from './errors.ts'

export interface ClientAuthentication {
  clientId: string
  clientSecret: string
  /** HTTP Basic was used: a refusal must answer with its challenge (RFC 6749 §5.2). */
  byBasic: boolean
}

/**
 * Reads a form body strictly: every parameter once, valid percent-encoding (RFC 6749 §3.2: parameters must not repeat).
 * @param body the raw text, as the form parser hands it on
 */
export function readForm(body: unknown): ReadonlyMap<string, string> {
  const form = new Map<string, string>()
  const pairs = typeof body === 'string' ? body.split('&', formParametersMax + 1) : []
  if (pairs.length > formParametersMax) {
    throw new OAuthError('invalid_request', `The form may have at most ${formParametersMax} parameters.`)
  }
  for (const pair of pairs) {
    if (pair === '') continue
    const [name = '', ...value] = pair.split('=')
    const key = formDecode(name)
    if (form.has(key))
      throw new OAuthError('invalid_request', `The parameter '${key}' is given more than once.`)
    form.set(key, formDecode(value.join('=')))
  }
  return form
}

/** What a client may authenticate with, in the words of RFC 8414. */
export const clientAuthenticationMethods = ['client_secret_basic', 'client_secret_post'] as const

/** By body or by HTTP Basic, never both (RFC 6749 §2.3). */
export function readClientAuthentication(
  form: ReadonlyMap<string, string>,
  authorization: string | undefined,
): ClientAuthentication {
  const clientId = form.get('client_id')
  const clientSecret = form.get('client_secret')
  if (authorization !== undefined) {
    const basic = readBasic(authorization)
    if (clientSecret !== undefined || (clientId !== undefined && clientId !== basic.clientId)) {
      throw new OAuthError(
        'invalid_request',
        'Send the client credentials in the body or by HTTP Basic, not both.',
      )
    }
    return { ...basic, byBasic: true }
  }
  if (!clientId || !clientSecret) {
    throw new OAuthError(
      'invalid_client',
      "Send 'client_id' and 'client_secret' in the body, or by HTTP Basic.",
    )
  }
  return { clientId, clientSecret, byBasic: false }
}

/** @throws OAuthError invalid_client; the same words for an unknown client id and for a wrong secret */
export async function authenticateClient(
  { credentials, clock }: Context,
  { clientId, clientSecret, byBasic, ip }: ClientAuthentication & { ip: string },
): Promise<CredentialPrincipal> {
  const refuse = (reason: string) =>
    byBasic ? refusedBasic(reason) : new OAuthError('invalid_client', reason)
  const secretHash = hashSecret(clientSecret)
  const known = isWellFormedClientId(clientId) ? await credentials.byClientId(clientId) : undefined
  if (!known) throw refuse(wrongSecret)
  const reason = whyRefused(known, clock.now(), { ip, secretHash })
  if (reason !== undefined) throw refuse(reason)
  return known.principal
}

/** Form-encoded inside Basic, as RFC 6749 §2.3.1 asks. */
function readBasic(authorization: string): { clientId: string; clientSecret: string } {
  const [scheme = '', value = ''] = authorization.split(' ')
  if (scheme.toLowerCase() !== 'basic') {
    throw refusedBasic('Send client_id and client_secret, in the body or by HTTP Basic.')
  }
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) throw refusedBasic('The HTTP Basic credentials must be client_id:client_secret in base64.')
  return { clientId: formDecode(text.slice(0, colon)), clientSecret: formDecode(text.slice(colon + 1)) }
}

function refusedBasic(details: string): OAuthError {
  return new OAuthError('invalid_client', details, { 'www-authenticate': 'Basic realm="comserv"' })
}

function formDecode(text: string): string {
  const decoded = percentDecoded(text.replaceAll('+', ' '))
  if (decoded === undefined) {
    throw new OAuthError('invalid_request', 'The form contains a broken percent-encoding.')
  }
  // No parameter has a use for it, and PostgreSQL takes none.
  if (decoded.includes('\0')) throw new OAuthError('invalid_request', 'The form contains a NUL character.')
  return decoded
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
