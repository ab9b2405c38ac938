import { Counter, Gauge, type Registry } from 'prom-client'
import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { oldestDueSeconds } from '../mail/service.ts'

/** Metrics of mail, where a mail server is set. */
export function registerMail(registry: Registry, context: Context): void {
  const { mailer } = context
  if (!mailer) return
  new Counter({
    name: 'comserv_mail_attempts_total',
    help: 'Attempts to send mail that this process made, by how they ended',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(mailer.statistics.attempts)) this.inc({ outcome }, count)
    },
  })
  new Counter({
    name: 'comserv_mail_expired_leases_total',
    help: 'Mails reclaimed from a process that did not record the outcome in time',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(mailer.statistics.expiredLeases)
    },
  })
  new Gauge({
    name: 'comserv_mail_oldest_due_seconds',
    help: 'Age of the oldest mail that is due; 0 without one',
    registers: [registry],
    async collect() {
      this.reset()
      const seconds = await oldestDueSeconds(context).catch((error: unknown) => {
        // While the database fails it is unknown.
        if (!(error instanceof DatabaseUnavailable)) throw error
      })
      if (seconds !== undefined) this.set(seconds)
    },
  })
}
