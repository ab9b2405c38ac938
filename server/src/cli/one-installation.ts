import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/decide.ts'
import type { Context } from '../context.ts'
import { takeLock } from '../db/folder-lock.ts'
import { endPresence, findOfOtherAddress, notePresence, presenceEveryMs } from '../db/processes.ts'
import type { Task } from '../lib/background.ts'
import { CommandError } from '../lib/command-error.ts'

/**
 * One server for each data folder: two would count rate limits apart, and each would take over what the other sends.
 * @returns how to let go of the folder
 * @throws CommandError if another server has it
 */
export function takeServing({ database, dataDir }: Config): () => void {
  if (database.kind !== 'sqlite') return () => {}
  const lock = takeLock(dataDir, 'serve.lock')
  if (lock) return lock.release
  throw new CommandError(
    `Another server already runs on the data folder ${dataDir}. Stop it first, or set COMSERV_DATA_DIR to another folder. For several servers, set DATABASE_URL.`,
  )
}

/**
 * Processes with different addresses would refuse each other's tokens. A process that has died is told from one that works
 * by whether it goes on saying that it is there.
 * @throws CommandError if a process of this installation serves another address
 */
export async function joinProcesses(context: Context): Promise<void> {
  const { database, clock, config } = context
  if (database.dialect === 'sqlite') return
  const isSending = config.role !== 'api'
  await database.write(({ db }) => notePresence(db, clock.now(), config, isSending))
  let before: { id: string; seen_at: string } | undefined
  for (;;) {
    const other = await findOfOtherAddress(database.read, clock.now(), config.publicUrl)
    if (other === undefined) return
    if (other.id === before?.id && other.seen_at !== before.seen_at) {
      await leaveProcesses(context)
      throw new CommandError(
        `Another process of this installation serves ${other.public_url}, and this one would serve ${config.publicUrl}: each would refuse the tokens of the other. Set COMSERV_PUBLIC_URL to the same address in all of them.`,
      )
    }
    before = other
    await setTimeout(presenceEveryMs / 2)
  }
}

/** A database that is gone by now does not hold up the stop: the others see soon that this process has ended. */
export async function leaveProcesses({ database }: Context): Promise<void> {
  if (database.dialect !== 'sqlite') await database.write(({ db }) => endPresence(db)).catch(() => undefined)
}

/** A process that sends says so with each of its looks for work. */
export function presence({ database, clock, config }: Context): Task[] {
  if (database.dialect === 'sqlite' || config.role !== 'api') return []
  return [
    {
      name: 'presence',
      everyMs: presenceEveryMs,
      run: () => database.write(({ db }) => notePresence(db, clock.now(), config, false)),
    },
  ]
}
