import type { Order } from '../backups/order.ts'
import { describeFileFailure } from '../db/describe-failure.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { CommandError } from '../lib/command-error.ts'
import { makeScheduledBackup } from './scheduled-backup.ts'

/** The other side of `backups/run.ts`: makes one backup, and tells how it went. It ends when nobody waits any more. */
const stopping = new AbortController()
// Ctrl-C and a service manager signal all processes of a server; this one hears of it from the one that waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => stopping.abort(new CommandError('It was stopped before it had finished.')))
process.once('message', async (order: Order) => {
  const answer = await makeScheduledBackup(order, stopping.signal).then(
    (made) => ({ made }),
    (error: unknown) => ({ problem: explained(error, order.dataDir) }),
  )
  if (process.connected) process.send?.(answer, () => process.exit())
  else process.exit()
})

function explained(error: unknown, dataDir: string): string {
  if (error instanceof DatabaseUnavailable) return describeFileFailure(error, dataDir)
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return `The disk is full: ${message}.`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return `A file cannot be used: ${message}.`
  return message
}
