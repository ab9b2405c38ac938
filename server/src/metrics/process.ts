import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import type { Context } from '../context.ts'

/**
 * Metrics of the process and its database, read at the moment of the scrape. Watching the event loop and the garbage
 * collector starts with the first scrape, so it costs nothing without one.
 * @param rateLimited how many requests were refused with 429 so far
 */
export function registerProcess(
  registry: Registry,
  { database, limiter, config, log, eventStreams }: Context,
  rateLimited: () => number,
): void {
  collectDefaultMetrics({ register: registry })
  registerTotal(
    registry,
    'comserv_http_rate_limited_total',
    'Requests refused because a rate limit was used up',
    rateLimited,
  )
  registerTotal(
    registry,
    'comserv_log_lines_dropped_total',
    'Log lines that could not be written fast enough, or not at all',
    () => log.droppedLines(),
  )
  if (config.redisUrl) {
    new Gauge({
      name: 'comserv_rate_limits_shared',
      help: '1 while rate limits are counted together with other processes, 0 while Redis does not respond',
      registers: [registry],
      collect() {
        this.set(limiter.isShared ? 1 : 0)
      },
    })
  }
  registerStreams(registry, eventStreams)
  registerTotal(
    registry,
    'comserv_db_commits_total',
    'Commits of changes',
    () => database.statistics().commits,
  )
  registerTotal(
    registry,
    'comserv_db_changes_total',
    'Changes in those commits; several share one on the embedded database',
    () => database.statistics().changes,
  )
  new Gauge({
    name: 'comserv_db_changes_waiting',
    help: 'Changes, searches or requests for a connection that wait for their turn',
    registers: [registry],
    collect() {
      this.set(database.statistics().waiting)
    },
  })
  new Gauge({
    name: 'comserv_db_connections',
    help: 'Open database connections',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { busy, idle } = database.statistics().connections
      this.set({ state: 'busy' }, busy)
      this.set({ state: 'idle' }, idle)
    },
  })
}

function registerStreams(registry: Registry, eventStreams: Context['eventStreams']): void {
  new Gauge({
    name: 'comserv_event_streams',
    help: 'Open event streams',
    registers: [registry],
    collect() {
      this.set(eventStreams.size)
    },
  })
  new Gauge({
    name: 'comserv_event_streams_unread_bytes',
    help: 'Bytes sent to event streams that their clients have not taken yet',
    registers: [registry],
    collect() {
      this.set(eventStreams.unreadBytes)
    },
  })
}

/** A counter that somebody else counts, read at the moment of the scrape. */
export function registerTotal(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}
