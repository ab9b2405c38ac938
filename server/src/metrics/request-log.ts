import type { Registry } from 'prom-client'
import type { Context } from '../context.ts'
import { registerTotal } from './process.ts'

/** Metrics of the request log: what was written of it, and what is missing. */
export function registerRequestLog(registry: Registry, { requestLog }: Context): void {
  registerTotal(
    registry,
    'comserv_request_log_rows_total',
    'Requests written to the request log',
    () => requestLog.statistics.written,
  )
  registerTotal(
    registry,
    'comserv_request_log_dropped_total',
    'Requests that the request log lacks: they came faster than it is written, or the database was away',
    () => requestLog.statistics.dropped,
  )
}
