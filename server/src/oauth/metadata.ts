import { scopeNames } from '../access/scopes.ts'
import { clientAuthenticationMethods } from './client-authentication.ts'

/** What a standard client needs to know before its first request (RFC 8414 §2). */
export function serverMetadata(issuer: string) {
  const endpoint = (name: string) => `${issuer}/api/v1/oauth/${name}`
  return {
    issuer,
    token_endpoint: endpoint('token'),
    token_endpoint_auth_methods_supported: clientAuthenticationMethods,
    grant_types_supported: ['client_credentials'],
    // Required by RFC 8414 §2; no flow here goes through a browser.
    response_types_supported: [],
    scopes_supported: scopeNames,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    revocation_endpoint: endpoint('revoke'),
    revocation_endpoint_auth_methods_supported: clientAuthenticationMethods,
    introspection_endpoint: endpoint('introspect'),
    introspection_endpoint_auth_methods_supported: clientAuthenticationMethods,
  }
}
