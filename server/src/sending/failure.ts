import { ProxyError } from './proxy-connection.ts'

/** Why an exchange got no response. */
export const exchangeFailures = [
  'timeout',
  'connect_timeout',
  'dns',
  'blocked',
  'refused',
  'reset',
  'tls_name',
  'tls_expired',
  'tls_chain',
  'tls_authority',
  'tls_protocol',
  'tls_client_certificate',
  'tls',
  'proxy_unreachable',
  'proxy_timeout',
  'proxy_auth',
  'proxy_refused',
  'proxy_failed',
  'protocol',
  'test_receiver_deleted',
  'interrupted',
] as const
export type FailureReason = (typeof exchangeFailures)[number]

/** The phase of an exchange, which decides what a failure means. */
export type Phase = 'connecting' | 'handshake' | 'sent'

/** @param isAsked whether the receiver asked for a client certificate on this connection */
export function reasonOf(error: Error, phase: Phase, isAsked: boolean): FailureReason {
  if (error instanceof ProxyError) return error.reason
  const code = codeOf(error)
  if (code === 'EBLOCKED') return 'blocked'
  if (code === 'EUNRESOLVED') return 'dns'
  if (phase === 'handshake' || /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return tlsReasonOf(error, isAsked)
  // With TLS 1.3 the client is done before the server has seen its certificate.
  if (isReset(error)) return isAsked ? 'tls_client_certificate' : 'reset'
  if (phase === 'connecting') return code === 'ETIMEDOUT' ? 'connect_timeout' : 'refused'
  return code === 'ETIMEDOUT' ? 'reset' : 'protocol'
}

/** Codes of the verification by OpenSSL (X509_V_ERR_…), as Node names them, and of the host name by Node. */
const verification: Readonly<Record<string, FailureReason>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_name',
  HOSTNAME_MISMATCH: 'tls_name',
  CERT_HAS_EXPIRED: 'tls_expired',
  CERT_NOT_YET_VALID: 'tls_expired',
  // The certificate of the receiver came alone. Where intermediate ones came with it, the next code is used.
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_authority',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_authority',
  CERT_UNTRUSTED: 'tls_authority',
  INVALID_CA: 'tls_authority',
}

/** Alerts of the receiver about a certificate can only mean ours. */
const aboutOurs = /alert (certificate|bad certificate|unsupported certificate|unknown ca|access denied)/
const noCommonGround =
  /protocol version|unsupported protocol|wrong version number|http request|packet length too long|no protocols available|no shared cipher|insufficient security|handshake failure/

function tlsReasonOf(error: Error, isAsked: boolean): FailureReason {
  const verified = verification[codeOf(error)]
  if (verified) return verified
  if (isReset(error)) return isAsked ? 'tls_client_certificate' : 'tls'
  const said = saidByOpenSsl(error)
  // TLS 1.2 has no alert of its own for a certificate that is missing.
  if (aboutOurs.test(said) || (isAsked && said.includes('alert handshake failure')))
    return 'tls_client_certificate'
  return noCommonGround.test(said) ? 'tls_protocol' : 'tls'
}

/** `tlsv1 alert protocol version`, from the code or, where that is EPROTO, from the message. */
function saidByOpenSsl(error: Error): string {
  const code = codeOf(error)
  const said = code.startsWith('ERR_SSL_')
    ? code.slice('ERR_SSL_'.length).replaceAll('_', ' ')
    : /SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1]
  return (said ?? '').toLowerCase()
}

export function isReset(error: Error): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(codeOf(error))
}

/** From the HTTP parser. */
export function isNotHttp(error: Error): boolean {
  return codeOf(error).startsWith('HPE_')
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
