import type { FastifyInstance, onSendHookHandler, RouteOptions } from 'fastify'

/** Declared once, on the route: the response headers, the OpenAPI document and the check of the changelog derive from it. */
export interface Deprecation {
  /** The first day on which the route is deprecated, as `2027-01-01`; a future day announces it. */
  since: string
  /** The first day on which the route may be removed; at least 12 months after `since`. */
  sunset: string
  /** Where to read about it. */
  link: string
  /** What to use instead, in one sentence. */
  note: string
}

/** Installed before any route: a sunset sooner than documented stops the server at its start. */
export function announceDeprecations(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const deprecation = route.config?.deprecation
    if (!deprecation) return
    requireFairSunset(route, deprecation)
    // A hook of this route only, at the very end, where the other values of Link are known; other routes pay nothing.
    route.onSend = [...[route.onSend ?? []].flat(), writeHeaders(deprecation)]
  })
}

/** `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a `Link` to what explains them. */
function writeHeaders({ since, sunset, link }: Deprecation): onSendHookHandler {
  const deprecatedAt = `@${dayToMs(since) / 1_000}`
  const goneAt = new Date(dayToMs(sunset)).toUTCString()
  const explained = `<${link}>; rel="deprecation"; type="text/html"`
  return async (_, reply) => {
    const links = reply.getHeader('link')
    reply.header('deprecation', deprecatedAt)
    reply.header('sunset', goneAt)
    reply.header('link', links === undefined ? explained : `${links}, ${explained}`)
  }
}

/** The text in the OpenAPI document. */
export function describeDeprecation({ since, sunset, link, note }: Deprecation): string {
  return `Deprecated since ${since}, served until ${sunset} at least. ${note} See ${link}.`
}

/** The documentation page promises 12 months (spec: API Versioning). */
function requireFairSunset({ method, url }: RouteOptions, { since, sunset }: Deprecation): void {
  const earliest = new Date(dayToMs(since))
  earliest.setUTCFullYear(earliest.getUTCFullYear() + 1)
  if (dayToMs(sunset) >= earliest.getTime()) return
  throw new Error(
    `${method} ${url} is deprecated since ${since}: its sunset may be ${earliest.toISOString().slice(0, 10)} at the earliest, not ${sunset}.`,
  )
}

function dayToMs(day: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(ms)) throw new Error(`'${day}' is not a day such as 2027-01-01.`)
  return ms
}
