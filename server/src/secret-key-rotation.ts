import { type RawBuilder, sql } from 'kysely'
import type { ActorName } from './access/caller.ts'
import { recordAudit } from './audit/record.ts'
import type { Context } from './context.ts'
import type { Db } from './db/database.ts'
import type { Task } from './lib/background.ts'
import { minuteMs, secondMs, toTimestamp } from './lib/timestamps.ts'
import { sealedPrefix } from './lib/vault.ts'
import { type SealedColumn, sealedColumns } from './sealed-columns.ts'
import { readState } from './sealed-values.ts'

const followMs = secondMs
/** After it every process seals with the new key. */
export const settledMs = 3 * followMs
const batchRows = 100

type Parts = Pick<Context, 'database' | 'vault' | 'clock'>

/**
 * Each process seals with the key that the database names. It looks every second; in between it may still seal with the
 * previous one, which everybody opens.
 */
export function secretKeyFollowing({ database, vault, log }: Context): Task {
  let toldMs = Number.NEGATIVE_INFINITY
  return {
    name: 'follow the secret key',
    everyMs: followMs,
    async run() {
      const { key_id } = (await readState(database.read)) ?? { key_id: vault.keyId }
      if (key_id === vault.keyId || vault.switchTo(key_id) || performance.now() - toldMs < minuteMs) return
      toldMs = performance.now()
      log.error(
        { key: key_id },
        'the secret key was rotated to one that this process does not know: restart it with COMSERV_SECRET_KEY set to it',
      )
    },
  }
}

/** From here on values are sealed with the new key. Does nothing when a rotation to it is under way. */
export async function beginRotation(
  { database, clock, vault }: Parts,
  actor: ActorName,
  to: string,
): Promise<void> {
  await database.write(async (trx) => {
    const from = (await readState(trx.db))?.key_id ?? null
    if (from === to) return
    await trx.db.updateTable('secret_key_state').set({ key_id: to, rotating_from: from }).execute()
    await record(trx, actor, toTimestamp(clock.now()), { state: 'begun', from, to })
  })
  vault.switchTo(to)
}

/**
 * Seals everything anew that another key has sealed, in small transactions beside a running server. Interrupted at any
 * point, it continues with what is left.
 * @returns how many values it sealed
 */
export async function resealAll(parts: Parts, progress: (done: number) => void = () => {}): Promise<number> {
  let done = 0
  for (const column of sealedColumns) {
    for (let after: Row | undefined; ; ) {
      const rows = await listOthers(parts, column, after)
      done += await reseal(parts, column, rows)
      progress(done)
      after = rows.at(-1)
      if (rows.length < batchRows) break
    }
  }
  return done
}

/** @returns false while another key still opens something */
export async function endRotation({ database, clock, vault }: Parts, actor: ActorName): Promise<boolean> {
  for (const column of sealedColumns)
    if ((await listOthers({ database, vault }, column, undefined, 1)).length > 0) return false
  await database.write(async (trx) => {
    const now = toTimestamp(clock.now())
    const state = await readState(trx.db)
    if (!state?.rotating_from || state.key_id !== vault.keyId) return
    await trx.db.updateTable('secret_key_state').set({ rotating_from: null, rotated_at: now }).execute()
    await record(trx, actor, now, { state: 'finished', from: state.rotating_from, to: state.key_id })
  })
  return true
}

function record(trx: Parameters<typeof recordAudit>[0], actor: ActorName, now: string, after: object) {
  return recordAudit(trx, actor, now, { action: 'secret_key.rotate', targetId: null, before: null, after })
}

type Row = Readonly<Record<string, unknown>>

/** Rows whose value another key has sealed, in the order of their keys. */
async function listOthers(
  { database, vault }: Pick<Parts, 'database' | 'vault'>,
  { table, column, key, also }: SealedColumn,
  after: Row | undefined,
  limit = batchRows,
): Promise<Row[]> {
  const columns = [...key, ...(also ? [also] : []), column].map((name) => sql.ref(name))
  const order = sql.join(key.map((name) => sql.ref(name)))
  const beyond = after ? sql`and (${order}) > (${sql.join(key.map((name) => sql.val(after[name])))})` : sql``
  const { rows } = await sql<Row>`
    select ${sql.join(columns)} from ${sql.table(table)}
    where ${sql.ref(column)} <> '' and ${isOther(column, vault.keyId)} ${beyond}
    order by ${order} limit ${limit}`.execute(database.read)
  return rows
}

function isOther(column: string, keyId: string): RawBuilder<unknown> {
  const prefix = sealedPrefix(keyId)
  return sql`substr(${sql.ref(column)}, 1, ${sql.lit(prefix.length)}) <> ${prefix}`
}

/** A value that was replaced meanwhile is left alone: whoever replaced it has sealed it. */
async function reseal(
  { database, vault }: Parts,
  sealed: SealedColumn,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0
  const { column, context } = sealed
  const fresh = rows.map((row) => vault.seal(vault.open(String(row[column]), context(row)), context(row)))
  await database.write(async ({ db }) => {
    for (const [i, row] of rows.entries()) await replace(db, sealed, row, fresh[i] ?? '')
  })
  return rows.length
}

async function replace(db: Db, { table, column, key }: SealedColumn, row: Row, fresh: string): Promise<void> {
  const same = [...key, column].map((name) => sql`${sql.ref(name)} = ${row[name]}`)
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${fresh} where ${sql.join(same, sql` and `)}`.execute(
    db,
  )
}
