import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { ActorName } from '../access/caller.ts'
import { recordAudit } from '../audit/record.ts'
import { nextBackup } from '../config/backups.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../lib/command-error.ts'
import { hourMs, minuteMs, secondMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import { type Made, type Order, placeName } from './order.ts'
import * as store from './store.ts'

/** A process that died with a backup half made is followed by another one after this. */
const leaseMs = 60 * secondMs
const renewEveryMs = 15 * secondMs
/** A backup that failed is made again after this, unless its next time comes sooner. */
const againAfterMs = 15 * minuteMs
/** No backup may take longer; whatever hangs ends then. */
const longestMs = 12 * hourMs
/** In which the process that makes one removes what it has half made. */
const tidyMs = 10 * secondMs

type Part = Pick<Context, 'config' | 'database' | 'clock' | 'log'>

const scheduler: ActorName = { type: 'system', id: null, name: 'backups', ip: null, requestId: null }

/** Plans, and makes a backup that is due. Every process calls it, and one of them makes the backup. */
export async function backupIfDue(context: Part, stopped?: AbortSignal): Promise<void> {
  const { config, database, clock } = context
  const cron = config.backups?.cron ?? null
  const nowMs = clock.now()
  const known = await store.findState(database.read)
  if (!known || known.cron !== cron) {
    await database.write(({ db }) => store.plan(db, planned(cron, nowMs)))
    return
  }
  const now = toInstant(nowMs)
  if (known.due_at === null || known.due_at > now || (known.lease_until ?? '') > now) return
  const lease = await take(context, { isAsked: false })
  // A failure is recorded, and told by mail.
  if (lease) await make(context, scheduler, lease, stopped).catch(unlessTold)
}

/** Makes a backup now. @throws CommandError when it failed, or when another process is making one */
export async function makeBackup(
  context: Part,
  actor: ActorName,
  stopped?: AbortSignal,
): Promise<Made & { place: string }> {
  const { database, clock } = context
  if (!(await store.findState(database.read))) {
    const state = planned(context.config.backups?.cron ?? null, clock.now())
    await database.write(({ db }) => store.plan(db, state))
  }
  const lease = await take(context, { isAsked: true })
  if (!lease) throw new CommandError('Another process is making a backup now.')
  return make(context, actor, lease, stopped)
}

function unlessTold(error: unknown): void {
  if (!(error instanceof CommandError)) throw error
}

const planned = (cron: string | null, nowMs: number) => ({
  cron,
  planned_at: toInstant(nowMs),
  due_at: cron === null ? null : toInstant(nextBackup(cron, nowMs)),
})

/** @returns the token of the lease; undefined when another process has it, or has made the backup */
async function take(
  { database, clock }: Part,
  { isAsked }: { isAsked: boolean },
): Promise<string | undefined> {
  const nowMs = clock.now()
  const lease = { lease_token: randomUUID(), lease_until: toInstant(nowMs + leaseMs) }
  const isTaken = await database.write(({ db }) => store.lease(db, lease, { now: toInstant(nowMs), isAsked }))
  return isTaken ? lease.lease_token : undefined
}

async function make(
  context: Part,
  actor: ActorName,
  token: string,
  stopped: AbortSignal | undefined,
): Promise<Made & { place: string }> {
  const { config, database, clock, log } = context
  const { backups } = config
  if (!backups) throw new CommandError('COMSERV_BACKUP_TO says where backups are kept; it is not set.')
  const nowMs = clock.now()
  const place = placeName(backups.place)
  const order: Order = {
    backups,
    database: config.database,
    dataDir: config.dataDir,
    nowMs,
    ...keysOf(config),
  }
  const lost = new AbortController()
  const renewing = setInterval(() => {
    const until = toInstant(clock.now() + leaseMs)
    database
      .write(({ db }) => store.renew(db, token, until))
      .then(
        (isHeld) => isHeld || lost.abort(),
        () => undefined,
      )
  }, renewEveryMs)
  const signal = AbortSignal.any([lost.signal, AbortSignal.timeout(longestMs), ...(stopped ? [stopped] : [])])
  let made: Made
  try {
    made = await inProcess(order, signal)
  } catch (error) {
    const isStopped = stopped?.aborted === true
    await failed(context, actor, token, isStopped ? undefined : (error as Error).message)
    throw error
  } finally {
    clearInterval(renewing)
  }
  const endedMs = clock.now()
  await database.write(async (trx) => {
    const known = await store.findState(trx.db)
    const isHeld = await store.end(trx.db, token, {
      last_made_at: toInstant(nowMs),
      last_name: made.name,
      last_bytes: made.bytes,
      failing_since: null,
      failures: 0,
      last_error: null,
      ...(known?.cron ? { due_at: toInstant(nextBackup(known.cron, endedMs)) } : {}),
    })
    const after = { file: made.name, place, bytes: made.bytes, encrypted: made.isEncrypted }
    const entry = { action: 'backup.create', targetId: null, before: null, after, isPlain: true }
    if (isHeld) await recordAudit(trx, actor, toTimestamp(endedMs), entry)
  })
  log.info(
    { name: made.name, place, bytes: made.bytes, removed: made.removed },
    'a backup was made and verified',
  )
  return { ...made, place }
}

function keysOf({ secretKey, previousSecretKey, erasures }: Context['config']) {
  return { secretKey, previousKey: previousSecretKey, register: erasures.register }
}

/** @param reason undefined: the server stops, and the backup is still due */
async function failed(
  { database, clock, log, config }: Part,
  actor: ActorName,
  token: string,
  reason: string | undefined,
): Promise<void> {
  const nowMs = clock.now()
  if (reason === undefined) {
    await database.write(({ db }) => store.end(db, token, {}))
    return
  }
  const place = config.backups && placeName(config.backups.place)
  log.error({ reason, place }, 'a backup failed; it is made again')
  await database.write(async (trx) => {
    const known = await store.findState(trx.db)
    const isHeld = await store.end(trx.db, token, {
      failing_since: known?.failing_since ?? toInstant(nowMs),
      failures: (known?.failures ?? 0) + 1,
      last_error: reason,
      ...(known?.cron
        ? { due_at: toInstant(Math.min(nowMs + againAfterMs, nextBackup(known.cron, nowMs))) }
        : {}),
    })
    const after = { place, reason }
    const entry = { action: 'backup.fail', targetId: null, before: null, after, isPlain: true }
    if (isHeld) await recordAudit(trx, actor, toTimestamp(nowMs), entry)
  })
}

/**
 * In a process of its own: checking a copy keeps a processor busy for seconds. It gets what it needs over a channel, since
 * everybody on the machine may see arguments, and ends with it.
 */
async function inProcess(order: Order, signal: AbortSignal): Promise<Made> {
  const child = fork(new URL('../cli/backup-process.ts', import.meta.url), [], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const answer = Promise.withResolvers<{ made: Made } | { problem: string }>()
  child.once('error', answer.reject)
  child.once('message', (message) => answer.resolve(message as { made: Made } | { problem: string }))
  const exited = once(child, 'exit').then(([code, killedBy]) => {
    answer.reject(new CommandError(`The process that makes it ended without a result (${killedBy ?? code}).`))
  })
  const stop = () => {
    if (child.connected) child.disconnect()
    answer.reject(new CommandError('It was stopped before it had finished.'))
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  else child.send(order, (error) => error && answer.reject(error))
  try {
    const result = await answer.promise
    if ('made' in result) return result.made
    throw new CommandError(result.problem)
  } finally {
    signal.removeEventListener('abort', stop)
    if (child.connected) child.disconnect()
    const overdue = setTimeout(() => child.kill('SIGKILL'), tidyMs)
    await exited.catch(() => undefined)
    clearTimeout(overdue)
  }
}
