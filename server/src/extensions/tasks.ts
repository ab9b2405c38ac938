import { randomUUID } from 'node:crypto'
import { Cron } from 'croner'
import type { Context } from '../context.ts'
import type { Loaded } from '../extension/declaration.ts'
import { titleOf } from '../extension/names.ts'
import type { Task } from '../lib/background.ts'
import { secondMs, toInstant } from '../lib/timestamps.ts'
import type { Extensions } from './extensions.ts'
import { inExtension } from './mistakes.ts'
import * as store from './task-store.ts'

/** A run whose process is gone is begun again after this. */
const leaseMs = 60 * secondMs
const renewEveryMs = 20 * secondMs

/**
 * The tasks of extensions. Each is begun by one process at a time, and not again while it runs. One that was due while no
 * server ran is made up for once; one whose process was killed is begun again.
 */
export function extensionTasks(context: Context, extensions: Extensions): Task[] {
  return extensions.all.flatMap((extension) =>
    (extension.tasks ?? []).map(
      (task): Task => ({
        name: `${titleOf(extension)}: ${task.name}`,
        everyMs: secondMs,
        run: () => runIfDue(context, extensions, extension, task),
      }),
    ),
  )
}

async function runIfDue(
  { database, clock }: Context,
  extensions: Extensions,
  extension: Loaded,
  { name, cron, run }: NonNullable<Loaded['tasks']>[number],
): Promise<void> {
  const key = { extension: extension.name, name }
  const nowMs = clock.now()
  const nextAfter = (ms: number) => {
    const next = new Cron(cron, { timezone: 'UTC' }).nextRun(new Date(ms))
    return toInstant(next?.getTime() ?? Number.MAX_SAFE_INTEGER)
  }
  const known = await store.findTask(database.read, key)
  const now = toInstant(nowMs)
  if (!known || known.cron !== cron) {
    await database.write(({ db }) => store.plan(db, { ...key, cron, due_at: nextAfter(nowMs) }))
    return
  }
  if (known.due_at > now || (known.lease_until !== null && known.lease_until > now)) return
  const lease = { lease_token: randomUUID(), lease_until: toInstant(nowMs + leaseMs) }
  if (!(await database.write(({ db }) => store.lease(db, key, lease, now)))) return
  const renewing = setInterval(() => {
    const until = toInstant(clock.now() + leaseMs)
    database.write(({ db }) => store.renew(db, key, lease.lease_token, until)).catch(() => undefined)
  }, renewEveryMs)
  const tools = extensions.toolsOf(extension)
  try {
    await inExtension(extension, () => run(tools))
  } catch (error) {
    extensions.counted.failed(extension.name, 'task')
    tools.log.error(
      { err: error, task: name },
      'a task of an extension failed; it runs again at its next time',
    )
  } finally {
    clearInterval(renewing)
  }
  const endedMs = clock.now()
  await database.write(({ db }) =>
    store.end(db, key, lease.lease_token, { last_run_at: toInstant(endedMs), due_at: nextAfter(endedMs) }),
  )
}
