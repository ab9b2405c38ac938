import type { Json } from './components.ts'

const limits = {
  'X-RateLimit-Limit': { description: 'Requests that a window of 60 s allows', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'Requests left in this window', schema: { type: 'integer' } },
  'X-RateLimit-Reset': {
    description: 'When the next window begins, in Unix seconds',
    schema: { type: 'integer', format: 'int64' },
  },
  'RateLimit-Policy': {
    description: 'The window that counts, as draft-ietf-httpapi-ratelimit-headers-10 writes it',
    schema: { type: 'string', examples: ['"standard";q=100;w=60'] },
  },
  RateLimit: {
    description: 'Where the caller stands in it: what is left, and for how many seconds',
    schema: { type: 'string', examples: ['"standard";r=95;t=42'] },
  },
}

/** Every response header that the OpenAPI document describes. */
export const responseHeaders = {
  ...limits,
  ETag: {
    description:
      'The state of what is returned, for If-None-Match, and for If-Match where it is that of a single resource. A compressed resource has another strong tag, with -gzip at its end; either may be sent',
    schema: { type: 'string', examples: ['"document.42.3"', 'W/"47DEQpj8HBSa-_TImW-5JC"'] },
  },
  Location: { description: 'The address of what was made', schema: { type: 'string' } },
  Link: {
    description: 'The next page and others (RFC 8288), as relative references',
    schema: { type: 'string', examples: ['</api/v1/documents?cursor=WyJ>; rel="next"'] },
  },
  'Idempotency-Replayed': {
    description: 'There when the answer is that of an earlier request with the same Idempotency-Key',
    schema: { type: 'string', enum: ['true'] },
  },
  'Accept-Patch': {
    description: 'The media types that a PATCH may be sent in',
    schema: { type: 'string', examples: ['application/merge-patch+json, application/json'] },
  },
  'Retry-After': { description: 'Seconds to wait before the next try', schema: { type: 'integer' } },
}

/** The request headers that it describes, beside those that show who calls. */
export const requestHeaders = {
  'If-None-Match': 'The `ETag` of what is known already: the answer is 304 while that is still so',
  'If-Match': 'The `ETag` of what was seen: the answer is 412 when it has changed in the meantime',
  'Idempotency-Key':
    'Chosen by the caller, such as a UUID: for 24 hours the same request under the same key is done once and answered alike',
  'X-CSRF-Token': 'Needed beside the cookie of a session: the `csrf_token` of GET /api/v1/session',
}

/** What the server refuses beyond that a header is text. */
export const requestHeaderRules: Partial<Record<keyof typeof requestHeaders, Json>> = {
  'Idempotency-Key': { minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
}

export type RequestHeader = keyof typeof requestHeaders
export type ResponseHeader = keyof typeof responseHeaders
export const rateLimitHeaders = Object.keys(limits) as (keyof typeof limits)[]

/** The `headers` of a response; nothing where it has none. */
export function referToHeaders(names: readonly ResponseHeader[]): Json {
  if (names.length === 0) return {}
  const references = names.map((name) => [name, { $ref: `#/components/headers/${name}` }])
  return { headers: Object.fromEntries(references) }
}
