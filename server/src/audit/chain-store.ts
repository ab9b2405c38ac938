import { type Selectable, type SqlBool, sql } from 'kysely'
import { rememberChained, unchained } from '../db/audit-order.ts'
import type { Db } from '../db/database.ts'
import { listed, skippingLocked } from '../db/dialect.ts'
import type { AuditChainStateTable, AuditChainTable, AuditLogTable } from '../db/tables.ts'

export type StoredRow = Selectable<AuditLogTable>
export type Link = Selectable<AuditChainTable>
export type ChainState = Selectable<AuditChainStateTable>

const stored = [
  'audit_log.id',
  'occurred_at',
  'actor_type',
  'actor_id',
  'actor_name',
  'action',
  'target_type',
  'target_id',
  'ip',
  'request_id',
  'before',
  'after',
] as const

const stateColumns = ['id', 'seq', 'hash', 'last_id', 'chained_at', 'anchor_seq', 'anchor_hash'] as const

export function readState(db: Db): Promise<ChainState> {
  return db.selectFrom('audit_chain_state').select(stateColumns).executeTakeFirstOrThrow()
}

/** Locks the chain for the transaction; undefined while another process has it. */
export function takeState(db: Db): Promise<ChainState | undefined> {
  return db
    .selectFrom('audit_chain_state')
    .select(stateColumns)
    .modifyEnd(skippingLocked(db))
    .executeTakeFirst()
}

export async function hasUnchained(db: Db): Promise<boolean> {
  const { after, settled } = unchained(db)
  const row = await db
    .selectFrom('audit_log')
    .select('id')
    .where(after)
    .where(settled)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** @param isClosed nobody else writes to the log, so that no row can appear among these */
export function listUnchained(db: Db, limit: number, { isClosed = false } = {}): Promise<StoredRow[]> {
  const { after, settled, order } = unchained(db)
  const all = db.selectFrom('audit_log').select(stored).where(after)
  const query = isClosed ? all : all.where(settled)
  return order
    .reduce((ordered, column) => ordered.orderBy(column), query)
    .limit(limit)
    .execute()
}

export async function appendLinks(db: Db, links: readonly Link[], now: string): Promise<void> {
  const last = links.at(-1)
  if (!last) return
  await db.insertInto('audit_chain').values(links).execute()
  await db
    .updateTable('audit_chain_state')
    .set({ seq: last.seq, hash: last.hash, last_id: last.audit_id, chained_at: now })
    .execute()
  await rememberChained(db, last.audit_id)
}

/** A link with its row; the columns of a row that is gone are null. */
export type LinkedRow = Link & (StoredRow | { id: null })

export function listLinked(
  db: Db,
  afterSeq: number,
  throughSeq: number,
  limit: number,
): Promise<LinkedRow[]> {
  return db
    .selectFrom('audit_chain')
    .leftJoin('audit_log', 'audit_log.id', 'audit_chain.audit_id')
    .select(['seq', 'hash', 'audit_id', ...stored])
    .where('seq', '>', afterSeq)
    .where('seq', '<=', throughSeq)
    .orderBy('seq')
    .limit(limit)
    .execute() as Promise<LinkedRow[]>
}

/** The links of rows, by their ids. */
export async function linksOf(db: Db, ids: readonly number[]): Promise<Map<number, Link>> {
  const links = await db
    .selectFrom('audit_chain')
    .selectAll()
    .where(sql<SqlBool>`audit_id in ${listed(db, JSON.stringify(ids))}`)
    .execute()
  return new Map(links.map((link) => [link.audit_id, link]))
}

/** A row that lies behind the head and has no link: somebody inserted it. */
export async function findInserted(db: Db): Promise<number | undefined> {
  const { after } = unchained(db)
  const row = await db
    .selectFrom('audit_log')
    .select('id')
    .where(({ not }) => not(after))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('audit_chain').select('seq').whereRef('audit_id', '=', 'audit_log.id'))),
    )
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** When the oldest of them occurred, as far as the order of commits says. */
export async function oldestUnchained(db: Db): Promise<string | undefined> {
  const { after, order } = unchained(db)
  const query = db.selectFrom('audit_log').select('occurred_at').where(after)
  const ordered = order.reduce((sorted, column) => sorted.orderBy(column), query)
  return (await ordered.limit(1).executeTakeFirst())?.occurred_at
}

export async function countUnchained(db: Db): Promise<{ rows: number; oldest: string | null }> {
  const { after } = unchained(db)
  const row = await db
    .selectFrom('audit_log')
    .select((eb) => [eb.fn.countAll<number>().as('rows'), eb.fn.min('occurred_at').as('oldest')])
    .where(after)
    .executeTakeFirstOrThrow()
  return { rows: Number(row.rows), oldest: row.oldest }
}

/** A link behind the recorded head; both are read at once, because the chain grows. */
export async function findBeyondHead(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('audit_chain')
    .select('seq')
    .where('seq', '>', (eb) => eb.selectFrom('audit_chain_state').select('audit_chain_state.seq'))
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row?.seq
}

/** Deletes links and their rows; the last of them becomes the anchor. */
export async function deleteLinked(db: Db, links: readonly Link[]): Promise<void> {
  const [first, last] = [links.at(0), links.at(-1)]
  if (!first || !last) return
  await db
    .deleteFrom('audit_log')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('audit_chain')
        .select('audit_id')
        .where('seq', '>=', first.seq)
        .where('seq', '<=', last.seq),
    )
    .execute()
  await db.deleteFrom('audit_chain').where('seq', '<=', last.seq).execute()
  await db.updateTable('audit_chain_state').set({ anchor_seq: last.seq, anchor_hash: last.hash }).execute()
}

/** The newest row that says how far the log was pruned. */
export async function findLastPruning(db: Db, action: string): Promise<{ after: string | null } | undefined> {
  return db
    .selectFrom('audit_log')
    .select('after')
    .where('action', '=', action)
    .orderBy(sql.ref('occurred_at'), 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
