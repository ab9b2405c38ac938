import type { FastifyReply } from 'fastify'

/**
 * What a page of this server may do: load from this server, call this server, and nothing else. The one exception is a
 * style that the page makes while it runs and that carries the nonce of this answer; no script ever does.
 */
export function writePolicy(reply: FastifyReply, nonce: string): void {
  reply.header('content-security-policy', policyWith(nonce))
  reply.header('referrer-policy', 'same-origin')
  reply.header('cross-origin-opener-policy', 'same-origin')
  reply.header('cross-origin-resource-policy', 'same-origin')
  reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
  // For browsers that do not know `frame-ancestors`.
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
