import type { FastifyReply } from 'fastify'

/**
 * A page of this server may load from this server, call this server, and nothing else. The one exception is a style that
 * the page creates at run time with the nonce of its response; scripts have no exception.
 */
export function writePolicy(reply: FastifyReply, nonce: string): void {
  reply.header('content-security-policy', policyWith(nonce))
  reply.header('referrer-policy', 'same-origin')
  reply.header('cross-origin-opener-policy', 'same-origin')
  reply.header('cross-origin-resource-policy', 'same-origin')
  reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
  // For browsers without `frame-ancestors`.
  reply.header('x-frame-options', 'DENY')
}

function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
