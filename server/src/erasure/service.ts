import type { Actor } from '../access/caller.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { readCount } from '../db/counters.ts'
import type { Change, Db } from '../db/database.ts'
import type { Task } from '../lib/background.ts'
import { minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { changing } from '../resource/record.ts'
import type { UserStatus } from '../users/schema.ts'
import { requirePerson, setStatusForErasure } from '../users/service.ts'
import { erase, eraseRecords, recordsAtOnce } from './erase.ts'
import { keepRegister } from './register.ts'
import type { EraseRequest, Erasure, Receipt } from './schema.ts'
import * as store from './store.ts'

/** Begins the wait: the person is suspended at once, so that nothing more is added that would have to be erased. */
export function requestErasure(
  context: Context,
  actor: Actor,
  id: number,
  { username }: EraseRequest,
): Change<Erasure> {
  return changing(context, actor, async (doing) => {
    const { trx, now, nowMs } = doing
    const person = await requirePerson(trx.db, id, { forUpdate: true })
    const known = await store.findErasure(trx.db, id)
    if (known) throw alreadyRequested(known)
    if (username !== person.username)
      throw invalidRequest(`The 'username' field is not the username of the user ${id}; nothing was erased.`)
    const due_at = toTimestamp(nowMs + context.config.erasures.waitMs)
    await setStatusForErasure(doing, person, 'suspended')
    await store.insertErasure(trx.db, {
      user_id: id,
      requested_at: now,
      requested_by: actor.id === null ? actor.type : `${actor.type}:${actor.id}`,
      due_at,
      status_before: person.status,
    })
    await recordAudit(trx, actor, now, {
      action: 'user.request_erasure',
      targetId: id,
      before: null,
      after: { due_at },
      isPlain: true,
    })
    const row = await store.findErasure(trx.db, id)
    if (!row) throw new Error(`The erasure of the user ${id} was not stored.`)
    return shown(doing.trx.db, row)
  })
}

export function cancelErasure(context: Context, actor: Actor, id: number): Change<void> {
  return changing(context, actor, async (doing) => {
    const { trx, now } = doing
    const person = await requirePerson(trx.db, id, { forUpdate: true })
    const row = await store.findErasure(trx.db, id, { forUpdate: true })
    if (!row) throw noErasure(id)
    if (row.erased_at !== null) throw alreadyRequested(row)
    if ((await readCount(trx.db, store.progressKey(id))) > 0)
      throw new AppError(
        'conflict',
        `The erasure of the user ${id} has begun and cannot be cancelled any more.`,
      )
    await store.deleteErasure(trx.db, id)
    await setStatusForErasure(doing, person, row.status_before as UserStatus)
    await recordAudit(trx, actor, now, {
      action: 'user.cancel_erasure',
      targetId: id,
      before: { due_at: row.due_at },
      after: null,
      isPlain: true,
    })
  })
}

export async function getErasure({ database }: Context, id: number): Promise<Erasure> {
  const row = await store.findErasure(database.read, id)
  if (!row) throw noErasure(id)
  return shown(database.read, row)
}

/** The longest waiting first. */
export function listErasures({ database }: Context): Promise<store.ErasureRow[]> {
  return store.listErasures(database.read)
}

/** Erases those whose wait is over, keeps the register, and frees the files of what the rows have left in them. */
export function erasing(context: Context): Task {
  return {
    name: 'erase people',
    everyMs: minuteMs,
    async run() {
      const failed: number[] = []
      while (await eraseNext(context, failed));
      await keepRegister(context)
      await scrub(context)
    },
  }
}

/**
 * A part of the records of extensions, or the rest of an erasure. One that fails holds up no other.
 * @param failed receives the user @returns whether there was one
 */
async function eraseNext(context: Context, failed: number[]): Promise<boolean> {
  let userId: number | undefined
  try {
    return await eraseDue(context, failed, (id) => {
      userId = id
    })
  } catch (error) {
    if (userId === undefined) throw error
    failed.push(userId)
    context.log.error(
      { err: error, user: userId },
      'a user could not be erased; it is tried again each minute',
    )
    return true
  }
}

/** @param begun told whose turn it is */
function eraseDue(
  context: Context,
  except: readonly number[],
  begun: (userId: number) => void,
): Promise<boolean> {
  const { database, clock } = context
  return database.write(async (trx) => {
    const nowMs = clock.now()
    const now = toTimestamp(nowMs)
    const due = await store.takeDue(trx.db, now, except)
    if (!due) return false
    begun(due.user_id)
    const doing = { context, trx, nowMs, now }
    const records = await eraseRecords(doing, due.user_id)
    const progress = store.progressKey(due.user_id)
    if (records === recordsAtOnce) {
      trx.count(progress, records)
      return true
    }
    const before = await readCount(trx.db, progress)
    trx.count(progress, -before)
    const request = { requested_at: due.requested_at, requested_by: due.requested_by }
    await erase(doing, due.user_id, request, { records: before + records })
    return true
  })
}

/** @param force also rewrites a database that is too large for that while it serves @returns whether all is done */
export async function scrub(context: Context, { force = false } = {}): Promise<boolean> {
  const { database, clock, log } = context
  if (!(await store.isScrubDue(database.read))) return true
  const before = toTimestamp(clock.now())
  if (!(await database.scrub({ force }))) {
    log.warn(
      {},
      'people were erased, but the database is in use or too large to be rewritten while it serves: run `comserv erasures scrub` when that suits',
    )
    return false
  }
  await database.write((trx) => store.noteScrub(trx.db, before, toTimestamp(clock.now())))
  return true
}

async function shown(db: Db, row: store.ErasureRow): Promise<Erasure> {
  const { user_id, requested_at, due_at, erased_at, receipt } = row
  const [credentials, webhooks, automations] = await Promise.all([
    store.idsOfOwned(db, 'credentials', user_id),
    store.idsOfOwned(db, 'webhooks', user_id),
    store.idsOfOwned(db, 'automations', user_id),
  ])
  return {
    user_id,
    status: erased_at === null ? 'waiting' : 'erased',
    requested_at,
    due_at,
    erased_at,
    credentials: credentials.living.length,
    webhooks: webhooks.living.length,
    automations: automations.living.length,
    receipt: receipt === null ? null : (JSON.parse(receipt) as Receipt),
  }
}

function noErasure(id: number): AppError {
  return new AppError('resource_not_found', `There is no erasure of a user with id ${id}.`)
}

function alreadyRequested({ user_id, erased_at, due_at }: store.ErasureRow): AppError {
  return new AppError(
    'conflict',
    erased_at === null
      ? `The user ${user_id} already waits to be erased, at ${due_at}.`
      : `The user ${user_id} was erased at ${erased_at}, which cannot be undone.`,
  )
}
