import { scopeNames } from '../access/scopes.ts'
import type { Config } from '../config/decide.ts'
import { clientAuthenticationMethods } from './client-authentication.ts'

/** What a standard client needs to know before its first request (RFC 8414 §2). */
export function serverMetadata(issuer: string) {
  const endpoint = (name: string) => `${issuer}/api/v1/oauth/${name}`
  return {
    issuer,
    token_endpoint: endpoint('token'),
    // `none` is for applications that cannot keep a secret.
    token_endpoint_auth_methods_supported: [...clientAuthenticationMethods, 'none'],
    authorization_endpoint: `${issuer}/oauth/authorize`,
    device_authorization_endpoint: endpoint('device_authorization'),
    grant_types_supported: [
      ...['client_credentials', 'authorization_code', 'refresh_token'],
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    scopes_supported: ['openid', 'profile', 'email', 'offline_access', ...scopeNames],
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    revocation_endpoint: endpoint('revoke'),
    revocation_endpoint_auth_methods_supported: [...clientAuthenticationMethods, 'none'],
    introspection_endpoint: endpoint('introspect'),
    introspection_endpoint_auth_methods_supported: clientAuthenticationMethods,
  }
}

/** The same, and what OpenID Connect adds (OpenID Connect Discovery §3). */
export function openIdMetadata(issuer: string) {
  return {
    ...serverMetadata(issuer),
    userinfo_endpoint: `${issuer}/api/v1/userinfo`,
    end_session_endpoint: `${issuer}/oauth/logout`,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    claim_types_supported: ['normal'],
    claims_supported: [
      ...['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'sid'],
      ...['preferred_username', 'roles', 'email'],
    ],
    prompt_values_supported: ['none', 'login', 'consent'],
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  }
}

/**
 * Where tokens for this server come from (RFC 9728 §2). Without its scopes: a client would ask for each of them, instead
 * of those that its application may ask for.
 * @param path of the resource
 */
export function resourceMetadata({ publicUrl, siteName }: Config, path: string) {
  return {
    resource: publicUrl + path,
    authorization_servers: [publicUrl],
    bearer_methods_supported: ['header'],
    resource_name: siteName,
    resource_documentation: `${publicUrl}/docs`,
  }
}
