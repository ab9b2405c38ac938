import type { Context } from '../context.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import type { Vault } from '../lib/vault.ts'
import { requirePerson } from '../users/service.ts'
import { erase } from './erase.ts'
import {
  addToRegister,
  countDamaged,
  isGenuine,
  type RegisterLine,
  readRegister,
  registerLine,
  subjectTag,
} from './register-file.ts'
import * as store from './store.ts'

/** Adds to the register what the database has erased; what cannot be written now is added by a later run. */
export async function keepRegister({ database, vault, config, log }: Context): Promise<void> {
  const erased = await store.listErased(database.read)
  if (erased.length === 0) return
  const file = config.erasures.register
  try {
    addToRegister(
      file,
      erased.map((one) => registerLine(vault, one)),
    )
  } catch (error) {
    log.error(
      { err: error, file },
      'the register of erasures cannot be written; it is tried again each minute',
    )
  }
}

/** At every start, before anything is served: the database may have been restored from an old backup. */
export async function applyOwnRegister(context: Context): Promise<void> {
  const file = context.config.erasures.register
  const damaged = countDamaged(file)
  if (damaged > 0)
    context.log.error(
      { file, lines: damaged },
      'the register of erasures is damaged: people in lines that cannot be read are not erased again after a restore; replace it with a copy from beside a backup and restart',
    )
  await applyRegister(context, readRegister(file))
}

export interface Applied {
  /** Ids of the people who were erased now. */
  erased: number[]
  /** Lines that were made with another secret key, or by somebody else. */
  strange: number
}

/**
 * Erases everybody in the register whom the database still has: it was restored from a backup of before the erasure.
 * @param isKeyLost lines cannot be checked, and count for everybody who was there before the erasure
 */
export async function applyRegister(
  context: Context,
  lines: readonly RegisterLine[],
  { isKeyLost = false }: { isKeyLost?: boolean } = {},
): Promise<Applied> {
  const applied: Applied = { erased: [], strange: 0 }
  for (const line of lines) {
    const vault = isGenuine(context.vault, line) ? context.vault : undefined
    if (!vault && !isKeyLost) applied.strange++
    else if (await applyLine(context, vault, line)) applied.erased.push(line.user_id)
  }
  if (applied.strange > 0)
    context.log.warn(
      { lines: applied.strange },
      'the register of erasures has lines that were not made with this secret key; they are not applied',
    )
  if (applied.erased.length > 0)
    context.log.info({ users: applied.erased }, 'people in the register of erasures were erased again')
  return applied
}

async function applyLine(context: Context, vault: Vault | undefined, line: RegisterLine): Promise<boolean> {
  const { database, clock } = context
  const { user_id, erased_at } = line
  if (!(await isStillHere(context, vault, line))) return false
  return database.write(async (trx) => {
    const nowMs = clock.now()
    const now = toTimestamp(nowMs)
    const person = await requirePerson(trx.db, user_id, { forUpdate: true })
    const known = await store.findErasure(trx.db, user_id, { forUpdate: true })
    // Another process was faster.
    if (known?.erased_at) return false
    const request = { requested_at: known?.requested_at ?? erased_at, requested_by: 'register' }
    if (!known)
      await store.insertErasure(trx.db, {
        user_id,
        ...request,
        due_at: erased_at,
        status_before: person.status,
      })
    await erase({ context, trx, nowMs, now }, user_id, request, { erasedAt: erased_at })
    return true
  })
}

async function isStillHere(
  { database }: Context,
  vault: Vault | undefined,
  { user_id, subject, erased_at }: RegisterLine,
): Promise<boolean> {
  const found = await store.findUnerased(database.read, user_id)
  if (!found) return false
  return vault ? subjectTag(vault, found) === subject : found.created_at <= erased_at
}
