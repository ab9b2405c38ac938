import type { FastifyRequest } from 'fastify'
import { anonymousActor, type CredentialPrincipal } from '../access/caller.ts'
import { whyRefused, wrongSecret } from '../access/credential-directory.ts'
import { hashSecret, isWellFormedClientId } from '../access/secret.ts'
import { formParametersMax } from '../api/limits.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import type { Context } from '../context.ts'
import { basicCredentials, readAuthorization } from '../lib/authorization.ts'
import { plainAddress } from '../lib/ip-addresses.ts'

export type Form = ReadonlyMap<string, string>

export interface ClientAuthentication {
  clientId: string
  clientSecret: string
  /** HTTP Basic was used: an error must carry its challenge (RFC 6749 §5.2). */
  byBasic: boolean
}

/** Parameters that a form may repeat: RFC 8707 §2, and RFC 8693 §2.1 to the same effect. */
const repeatable: ReadonlySet<string> = new Set(['resource', 'audience'])

/**
 * Parses a form strictly: valid percent-encoding, and every parameter once. A parameter without a value counts as omitted
 * (RFC 6749 §3.2). What may be repeated is joined by spaces.
 * @param body the raw text from the form parser
 */
export function readForm(body: unknown): Form {
  const form = new Map<string, string>()
  const pairs = typeof body === 'string' ? body.split('&', formParametersMax + 1) : []
  if (pairs.length > formParametersMax) {
    throw new OAuthError('invalid_request', `The form may have at most ${formParametersMax} parameters.`)
  }
  for (const pair of pairs) {
    const [name = '', ...rest] = pair.split('=')
    const key = formDecode(name)
    const value = formDecode(rest.join('='))
    if (value === '') continue
    if (form.has(key) && !repeatable.has(key))
      throw new OAuthError('invalid_request', `The parameter '${key}' is given more than once.`)
    const before = form.get(key)
    form.set(key, before === undefined ? value : `${before} ${value}`)
  }
  return form
}

/** The methods of client authentication, as RFC 8414 names them. */
export const clientAuthenticationMethods = ['client_secret_basic', 'client_secret_post'] as const

/** By body or by HTTP Basic, never both (RFC 6749 §2.3). */
export function readClientAuthentication(
  form: Form,
  authorization: string | undefined,
): ClientAuthentication {
  const clientId = form.get('client_id')
  const clientSecret = form.get('client_secret')
  const inBody = clientId && clientSecret ? { clientId, clientSecret, byBasic: false } : undefined
  if (authorization === undefined) {
    if (inBody) return inBody
    throw new OAuthError(
      'invalid_client',
      clientId
        ? "There is no application without a secret that has this 'client_id'. Check it, or send its 'client_secret', too."
        : "Send 'client_id' and 'client_secret' in the body, or by HTTP Basic.",
    )
  }
  // The header may hold the password of a proxy in front, which forwards it.
  if (inBody && !namesClient(authorization)) return inBody
  const basic = readBasic(authorization)
  if (clientSecret !== undefined || (clientId !== undefined && clientId !== basic.clientId)) {
    throw new OAuthError(
      'invalid_request',
      'Send the client credentials in the body or by HTTP Basic, not both.',
    )
  }
  return { ...basic, byBasic: true }
}

function namesClient(authorization: string): boolean {
  return isWellFormedClientId(basicCredentials(authorization)?.name ?? '')
}

/** @throws OAuthError invalid_client; the same text for an unknown client id and for a wrong secret */
export async function authenticateClient(
  { credentials, clock, audit }: Context,
  { clientId, clientSecret, byBasic }: ClientAuthentication,
  request: Pick<FastifyRequest, 'ip' | 'id'>,
): Promise<CredentialPrincipal> {
  const refuse = (reason: string) =>
    byBasic ? refusedBasic(reason) : new OAuthError('invalid_client', reason)
  const secretHash = hashSecret(clientSecret)
  const known = isWellFormedClientId(clientId) ? await credentials.byClientId(clientId) : undefined
  if (!known) throw refuse(wrongSecret)
  const reason = whyRefused(known, clock.now(), { ip: request.ip, secretHash })
  if (reason !== undefined) {
    const refusal = { action: 'credential.refuse_token', targetId: known.principal.id, details: { reason } }
    const actor = anonymousActor(plainAddress(request.ip), request.id)
    audit.recordOutside(actor, { ...refusal, per: reason })
    throw refuse(reason)
  }
  return known.principal
}

/** Form-encoded inside Basic (RFC 6749 §2.3.1); without special characters, clients that do not encode send the same. */
function readBasic(authorization: string): { clientId: string; clientSecret: string } {
  if (readAuthorization(authorization).scheme !== 'basic') {
    throw refusedBasic('Send client_id and client_secret, in the body or by HTTP Basic.')
  }
  const basic = basicCredentials(authorization)
  if (!basic) throw refusedBasic('The HTTP Basic credentials must be client_id:client_secret in base64.')
  const { name, password } = basic
  return { clientId: formPart(name), clientSecret: formPart(password) }
}

function refusedBasic(details: string): OAuthError {
  return new OAuthError('invalid_client', details, { 'www-authenticate': 'Basic realm="comserv"' })
}

function formDecode(text: string): string {
  const decoded = plainText(text)
  if (decoded === undefined) {
    throw new OAuthError('invalid_request', 'The form contains a broken percent-encoding.')
  }
  // No parameter needs one, and PostgreSQL rejects it.
  if (decoded.includes('\0')) throw new OAuthError('invalid_request', 'The form contains a NUL character.')
  return decoded
}

/** A part of HTTP Basic, which clients form-encode, or do not where it has no special characters. */
export function formPart(text: string): string {
  return plainText(text) ?? text
}

/** Undefined if the encoding is invalid. */
function plainText(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
