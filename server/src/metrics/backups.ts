import { Gauge, type Registry } from 'prom-client'
import { backupStanding, type Standing } from '../backups/backups.ts'
import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { fromTimestamp, secondMs } from '../lib/timestamps.ts'

/** Metrics of backups, where some are kept. They are in the database, so every process tells the same. */
export function registerBackups(registry: Registry, context: Context): void {
  if (!context.config.backups) return
  const gauge = (name: string, help: string, value: (standing: Standing) => number | undefined) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.reset()
        const standing = await backupStanding(context).catch((error: unknown) => {
          // While the database fails it is unknown.
          if (!(error instanceof DatabaseUnavailable)) throw error
          return undefined
        })
        const known = standing && value(standing)
        if (known !== undefined) this.set(known)
      },
    })
  gauge(
    'comserv_backup_last_success_timestamp_seconds',
    'Unix time of the last backup that was made and verified; 0 before the first',
    ({ last_made_at }) => (last_made_at === null ? 0 : fromTimestamp(last_made_at) / secondMs),
  )
  gauge(
    'comserv_backup_last_bytes',
    'Size of the last backup as it is stored',
    ({ last_bytes }) => last_bytes ?? undefined,
  )
  gauge('comserv_backup_failing', '1 while the last attempt to make a backup failed', ({ failing_since }) =>
    failing_since === null ? 0 : 1,
  )
}
