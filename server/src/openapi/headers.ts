import type { Json } from './components.ts'

const limits = {
  'X-RateLimit-Limit': { description: 'Requests allowed in a window of 60 s', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'Requests left in this window', schema: { type: 'integer' } },
  'X-RateLimit-Reset': {
    description: 'When the next window starts, in Unix seconds',
    schema: { type: 'integer', format: 'int64' },
  },
  'RateLimit-Policy': {
    description: 'The rate limit and its window, in the format of draft-ietf-httpapi-ratelimit-headers-10',
    schema: { type: 'string', examples: ['"standard";q=100;w=60'] },
  },
  RateLimit: {
    description: 'The requests left, and the seconds until the window ends',
    schema: { type: 'string', examples: ['"standard";r=95;t=42'] },
  },
}

/** Every response header that the OpenAPI document describes. */
export const responseHeaders = {
  ...limits,
  ETag: {
    description:
      'The state of the response, for use in If-None-Match, and in If-Match for a single resource. The tag of a compressed resource ends with -gzip; either tag may be sent',
    schema: { type: 'string', examples: ['"document.42.3"', 'W/"47DEQpj8HBSa-_TImW-5JC"'] },
  },
  Location: { description: 'The URL of the created resource', schema: { type: 'string' } },
  Link: {
    description: 'The next page and others (RFC 8288), as relative URLs',
    schema: { type: 'string', examples: ['</api/v1/documents?cursor=WyJ>; rel="next"'] },
  },
  'Idempotency-Replayed': {
    description: 'Present if the response is that of an earlier request with the same Idempotency-Key',
    schema: { type: 'string', enum: ['true'] },
  },
  'Accept-Patch': {
    description: 'The media types that PATCH accepts',
    schema: { type: 'string', examples: ['application/merge-patch+json, application/json'] },
  },
  'X-Export-End': {
    description: 'The last line of the response, if `Accept` has the parameter `end=marked`',
    schema: { type: 'string', examples: ['9f86d081884c7d659a2feaa0c55ad015'] },
  },
  'Retry-After': { description: 'Seconds to wait before retrying', schema: { type: 'integer' } },
}

/** The request headers that it describes, except for authentication. */
export const requestHeaders = {
  'If-None-Match': 'The `ETag` of a response that you have: the response is 304 if it is still current',
  'If-Match': 'The `ETag` of the state that you have: the response is 412 if it has changed since',
  'Idempotency-Key':
    'Chosen by the caller, such as a UUID: within 24 hours, a repeated request with the same key gets the stored response',
  'X-CSRF-Token': 'Required with a session cookie: the `csrf_token` of GET /api/v1/session',
}

/** Rules for a header beyond its type. */
export const requestHeaderRules: Partial<Record<keyof typeof requestHeaders, Json>> = {
  'Idempotency-Key': { minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
}

export type RequestHeader = keyof typeof requestHeaders
export type ResponseHeader = keyof typeof responseHeaders
export const rateLimitHeaders = Object.keys(limits) as (keyof typeof limits)[]

/** The `headers` of a response, if any. */
export function referToHeaders(names: readonly ResponseHeader[]): Json {
  if (names.length === 0) return {}
  const references = names.map((name) => [name, { $ref: `#/components/headers/${name}` }])
  return { headers: Object.fromEntries(references) }
}
