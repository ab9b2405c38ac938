import type { ActorName } from '../access/caller.ts'
import { type BackupsConfig, nextBackup } from '../config/backups.ts'
import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { fromTimestamp, hourMs, secondMs } from '../lib/timestamps.ts'
import type { Made } from './order.ts'
import * as store from './store.ts'

/** How long a backup may take before it is missed. */
export const graceMs = hourMs

type Part = Pick<Context, 'config' | 'database' | 'clock' | 'log'>

/** The backups that this process makes. What makes them is loaded by the first. */
export class Backups {
  readonly #context: Part
  readonly #stopping = new AbortController()

  constructor(context: Part) {
    this.#context = context
  }

  async makeIfDue(): Promise<void> {
    if (this.#stopping.signal.aborted) return
    const { backupIfDue } = await import('./run.ts')
    await backupIfDue(this.#context, this.#stopping.signal)
  }

  /** @throws CommandError when it failed, or when another process is making one */
  async make(actor: ActorName): Promise<Made & { place: string }> {
    const { makeBackup } = await import('./run.ts')
    return makeBackup(this.#context, actor, this.#stopping.signal)
  }

  /** One that is being made is given up, and made again by the next process. */
  stop(): void {
    this.#stopping.abort()
  }
}

export function backupMaking({ backups }: Pick<Context, 'backups'>): Task[] {
  return backups ? [{ name: 'make backups', everyMs: secondMs, run: () => backups.makeIfDue() }] : []
}

export type Standing = Pick<
  store.BackupState,
  'planned_at' | 'last_made_at' | 'last_bytes' | 'failing_since' | 'last_error'
>

/** How the backups went; undefined where none are kept, or no process has planned any yet. */
export function backupStanding({
  config,
  database,
}: Pick<Context, 'config' | 'database'>): Promise<Standing | undefined> {
  return config.backups ? store.findState(database.read) : Promise.resolve(undefined)
}

/**
 * Whether the schedule had another backup since the last one, or since it is known, and enough time to make it.
 * @returns since when there is none
 */
export function missedSince(
  { cron }: Pick<BackupsConfig, 'cron'>,
  { planned_at, last_made_at }: Pick<Standing, 'planned_at' | 'last_made_at'>,
  nowMs: number,
): string | undefined {
  if (cron === undefined) return undefined
  const last = last_made_at !== null && last_made_at > planned_at ? last_made_at : planned_at
  return nextBackup(cron, fromTimestamp(last)) + graceMs < nowMs ? (last_made_at ?? planned_at) : undefined
}
