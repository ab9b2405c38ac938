import type { Registry } from 'prom-client'
import { hashSecret, sameHash } from '../access/secret.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { bearerToken } from '../lib/authorization.ts'
import { histogramText } from './exposition.ts'

/**
 * For Prometheus, with the configured token, or for a credential with the scope `admin`. The caller's address does not
 * count: behind a proxy on the same machine it is always the loopback one. Not part of the API's contract.
 */
export function metricsRoutes(app: App, context: Context): void {
  let registry: Registry | undefined
  app.route({
    method: 'GET',
    url: '/metrics',
    config: {
      access: 'admin',
      anyHost: true,
      admits: ({ headers }) => showsScrapeToken(context.config.metricsToken, headers.authorization),
    },
    handler: async (_, reply) => {
      // Loaded by the first scrape: a process that nobody watches does without 7 MB.
      const { createRegistry } = await import('./registry.ts')
      registry ??= createRegistry(context, () => app.requestStats.rateLimited)
      const histograms = [requestDurations(app), firstAttemptDelays(context), hookDurations(context)].join(
        '\n',
      )
      return reply.type(registry.contentType).send(`${await registry.metrics()}\n${histograms}`)
    },
  })
}

function requestDurations({ requestStats }: App): string {
  return histogramText(
    'comserv_http_request_duration_seconds',
    'Time from the arrival of a request to the end of its response',
    requestStats
      .all()
      .map(({ method, route, status, durations }) => ({ labels: { method, route, status }, durations })),
  )
}

function firstAttemptDelays({ dispatcher }: Context): string {
  return histogramText(
    'comserv_webhook_first_attempt_delay_seconds',
    'Time from a change to the beginning of the first attempt of its delivery',
    [{ labels: {}, durations: dispatcher.statistics.firstAttemptDelays }],
  )
}

function hookDurations({ hookCalls }: Context): string {
  return histogramText('comserv_hook_call_duration_seconds', 'Time that a change waited for one hook', [
    { labels: {}, durations: hookCalls.statistics.durations },
  ])
}

/** Whether the header contains the configured token for Prometheus. Without a configured token, never. */
function showsScrapeToken(token: string | undefined, authorization: string | undefined): boolean {
  const shown = bearerToken(authorization)
  return token !== undefined && shown !== undefined && sameHash(hashSecret(shown), hashSecret(token))
}
