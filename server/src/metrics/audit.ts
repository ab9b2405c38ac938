import { Counter, Gauge, type Registry } from 'prom-client'
import { type AuditState, auditState } from '../audit/state-service.ts'
import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'

/** Metrics of the audit log: its head, which an outsider can hold against it later, and what waits. */
export function registerAudit(registry: Registry, context: Context): void {
  const gauge = (name: string, help: string, read: (state: AuditState) => number | undefined) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.reset()
        const state = await stateIfKnown(context)
        const value = state && read(state)
        if (value !== undefined) this.set(value)
      },
    })
  }
  new Counter({
    name: 'comserv_audit_rows_dropped_total',
    help: 'Audit rows of refusals, failed sign-ins and exports that could not be written',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(context.audit.dropped)
    },
  })
  new Gauge({
    name: 'comserv_audit_chain_head',
    help: 'The number of the last chained row of the audit log, with its hash as a label',
    labelNames: ['hash'],
    registers: [registry],
    async collect() {
      this.reset()
      const state = await stateIfKnown(context)
      if (state) this.set({ hash: state.hash }, state.seq)
    },
  })
  gauge(
    'comserv_audit_unchained_seconds',
    'Age of the oldest row of the audit log that is not chained yet; 0 without one',
    ({ unchainedSeconds }) => unchainedSeconds,
  )
  if (!context.auditSink) return
  gauge(
    'comserv_audit_sink_lag_rows',
    'Chained rows that the audit sink does not have yet',
    ({ sinkLagRows }) => sinkLagRows,
  )
  gauge(
    'comserv_audit_sink_failures',
    'Failed writes to the audit sink in a row, by this process',
    () => context.auditSink?.failures,
  )
}

/** While the database fails it is unknown. */
async function stateIfKnown(context: Context): Promise<AuditState | undefined> {
  try {
    return await auditState(context)
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return undefined
    throw error
  }
}
