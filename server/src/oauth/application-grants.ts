import type { FastifyReply, FastifyRequest } from 'fastify'
import { OAuthError } from '../api/oauth-errors.ts'
import { basicCredentials } from '../lib/authorization.ts'
import { type Form, formPart } from './client-authentication.ts'
import type { Introspection } from './introspection.ts'

/** What an application shows of itself. Without a secret it is one that cannot keep any. */
export interface ClientShown {
  clientId: string
  clientSecret: string | undefined
  byBasic: boolean
}

export interface ApplicationTokens {
  access_token: string
  token_type: string
  expires_in: number
  scope: string
  refresh_token?: string
  id_token?: string
}

/** RFC 8628 §3.2 */
export interface DeviceAuthorization {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  expires_in: number
  interval: number
}

/** What the endpoints here do for applications, which people sign in to. Their feature is built on this one. */
export interface ApplicationGrants {
  grant(
    request: FastifyRequest,
    reply: FastifyReply,
    form: Form,
    shown: ClientShown,
  ): Promise<ApplicationTokens>
  authorizeDevice(
    request: FastifyRequest,
    reply: FastifyReply,
    form: Form,
    shown: ClientShown,
  ): Promise<DeviceAuthorization>
  revoke(request: FastifyRequest, reply: FastifyReply, shown: ClientShown, token: string): Promise<void>
  introspect(
    request: FastifyRequest,
    reply: FastifyReply,
    shown: ClientShown,
    token: string,
  ): Promise<Introspection>
  /** For a credential that may see the tokens of everybody. */
  introspectAny(token: string): Promise<Introspection>
}

const applicationId = /^cs_app_[0-9A-Za-z]{20}$/

/** The application that a request comes from; undefined where it is a credential's, or nobody's. */
export function applicationShown(form: Form, authorization: string | undefined): ClientShown | undefined {
  const clientId = form.get('client_id')
  const clientSecret = form.get('client_secret')
  const basic = authorization === undefined ? undefined : basicCredentials(authorization)
  const name = formPart(basic?.name ?? '')
  if (!basic || !applicationId.test(name)) {
    return clientId !== undefined && applicationId.test(clientId)
      ? { clientId, clientSecret, byBasic: false }
      : undefined
  }
  if (clientSecret !== undefined || (clientId !== undefined && clientId !== name)) {
    throw new OAuthError(
      'invalid_request',
      'Send the client credentials in the body or by HTTP Basic, not both.',
    )
  }
  const secret = formPart(basic.password)
  return { clientId: name, clientSecret: secret === '' ? undefined : secret, byBasic: true }
}
