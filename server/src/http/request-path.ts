import type { FastifyRequest } from 'fastify'

/** The API, also by MCP: the paths that count against the rate limits. */
export function isApi(place: string): boolean {
  return place === '/api/v1' || place.startsWith('/api/v1/') || place === '/mcp'
}

/** Paths that other origins may be allowed to read: the API, and the metadata for OAuth clients. */
export function isShared(place: string): boolean {
  return isApi(place) || place.startsWith('/.well-known/')
}

/**
 * The target of a request: the pattern of the route that the router chose, or the path where it chose none. The raw URL
 * decides nothing: the router decodes `/%61pi/v1` and drops the host of `http://host/api/v1`, so one route has many
 * spellings.
 */
export function placeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? pathOf(request)
}

/** The path for the log. Whoever knows the address of a test receiver may send to it, whatever the method or the slash. */
export function loggedPath(request: Pick<FastifyRequest, 'url'>): string {
  return pathOf(request).replace(/^(\/+test-receiver\/).+/i, '$1:token')
}

/** The path as the router reads it: without scheme and host (RFC 9112 §3.2.2), without the query, decoded. */
export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '')
  const end = target.search(/[?#]/)
  const path = end === -1 ? target : target.slice(0, end)
  return path.includes('%') ? decoded(path) : path
}

function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
