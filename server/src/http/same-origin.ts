import type { FastifyRequest } from 'fastify'
import { AppError } from '../api/errors.ts'

/**
 * Refuses requests that another website made a browser send. `Sec-Fetch-Site` is set by the browser, and no page can forge
 * it; browsers that do not send it send `Origin`. Each that is present must name this server; programs send neither.
 * @param publicUrl this server's address where a proxy rewrites `Host`
 * @throws AppError permission_denied
 */
export function requireSameOrigin(publicUrl: string, request: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined && site !== 'same-origin') {
    throw new AppError(
      'permission_denied',
      'The browser says that another website sent this request; only pages of this server may.',
    )
  }
  if (origin === undefined || isOwnOrigin(publicUrl, request.headers.host ?? '', origin)) return
  throw new AppError(
    'permission_denied',
    'The Origin header names another website. If it is this server, set COMSERV_PUBLIC_URL to the address that people open.',
  )
}

function isOwnOrigin(publicUrl: string, host: string, origin: string): boolean {
  const url = URL.parse(origin)
  return url !== null && (url.host === host.toLowerCase() || url.origin === new URL(publicUrl).origin)
}
