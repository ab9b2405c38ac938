import type { CallOptions } from '../call-options.ts'
import { ConfigurationError } from '../errors.ts'
import type { Http } from '../http.ts'
import type { Who } from '../options.ts'
import { sendable } from '../secrets.ts'
import type { Introspection, Token } from '../types.ts'

export type OAuth = ReturnType<typeof oauthOf>

/**
 * The calls of OAuth itself. None is needed to use the API: a client with `clientId` and `clientSecret` gets and renews
 * its own tokens. These are for programs that hand tokens on, or are handed them.
 */
export function oauthOf(http: Http, who: Who) {
  const ask = <T>(path: string, fields: Record<string, string>, options: CallOptions | undefined) =>
    http.call<T>({ method: 'POST', path, form: { ...fields, ...clientOf(who) }, options, isPublic: true })

  /** As a form, undefined would be the text 'undefined', and revoking that succeeds. */
  const askAbout = <T>(path: string, token: string, options: CallOptions | undefined) =>
    ask<T>(path, { token: sendable('token', token) }, options)

  const read = <T>(path: string, options: CallOptions | undefined) =>
    http.call<T>({ method: 'GET', path, options, isPublic: true })

  return {
    /** A token apart from the client's own. @param scope what it shall open, space-separated */
    createToken: ({ scope }: { scope?: string | undefined } = {}, options?: CallOptions) =>
      ask<Token>(
        '/api/v1/oauth/token',
        { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) },
        options,
      ),

    /** RFC 7009. */
    revokeToken: async (token: string, options?: CallOptions): Promise<void> => {
      await askAbout<unknown>('/api/v1/oauth/revoke', token, options)
    },

    /** RFC 7662: whether a token of this client works. */
    introspectToken: (token: string, options?: CallOptions) =>
      askAbout<Introspection>('/api/v1/oauth/introspect', token, options),

    /** RFC 8414. */
    metadata: (options?: CallOptions) =>
      read<Record<string, unknown>>('/.well-known/oauth-authorization-server', options),

    /** The public keys that tokens are verified with (RFC 7517). */
    keys: (options?: CallOptions) => read<Record<string, unknown>>('/.well-known/jwks.json', options),
  }
}

function clientOf(who: Who): Record<string, string> {
  if (who.kind === 'clientCredentials') return { client_id: who.clientId, client_secret: who.clientSecret }
  throw new ConfigurationError('The OAuth calls need a client with clientId and clientSecret.')
}
