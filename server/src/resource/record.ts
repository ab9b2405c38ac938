import type { Actor } from '../access/caller.ts'
import { type IfMatch, requireMatch, type Tagged } from '../api/conditional.ts'
import { AppError, notFound } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change, Db, Prepared, Transaction } from '../db/database.ts'
import type { ChangedSubjects } from '../db/subjects.ts'
import { appendEvent } from '../events/outbox.ts'
import type { Occurrence } from '../events/types.ts'
import { changedColumns } from '../lib/merge-patch.ts'
import { toTimestamp } from '../lib/timestamps.ts'

interface Stored {
  id: number
  version: number
  updated_at: string
}

/** How one kind of record is stored, shown, logged and reported in events. Its feature has the rules for changing it. */
export interface RecordRules<Row extends Stored, Shown> {
  /** The singular, for messages and audit actions. */
  name: string
  /** For audit actions, where that is not the name. */
  kind?: string
  /** Names of changes in the audit log that differ from the default. */
  actions?: Readonly<Record<string, string>>
  find(db: Db, id: number, context: Context, options?: { forUpdate: boolean }): Promise<Row | undefined>
  /** Writes the columns and updates the totals. @returns the row as it is now */
  update(trx: Transaction, before: Row, changes: Partial<Row>, context: Context): Promise<Row>
  /** Whether the actor is shown the record, and not only allowed to change it. */
  mayRead(actor: Actor, row: Row): boolean
  /** A record that the actor may not see looks as if it did not exist. */
  isVisible?(actor: Actor, row: Row): boolean
  /** @throws AppError when the actor may see the row but not change it */
  requireChangeable?(actor: Actor, row: Row): void
  /** @throws AppError when the actor may not leave a record in this state */
  requireOutcome?(actor: Actor, row: Row): void
  /** The person whom a record is about: what is logged of it is sealed for them. */
  subjectOf?(row: Row): number | null
  show(row: Row, context: Context): Shown
  etag(row: Row, context: Context): string
  /** For the audit log: without secrets and long texts. */
  auditView(row: Row, context: Context): object
  /** The events of a change. `before` is undefined for a create, `after` for a delete. */
  eventsOf?(before: Row | undefined, after: Row | undefined): readonly Occurrence[]
}

/** A change in progress, with the one instant that it is recorded at. */
export interface Doing {
  context: Context
  trx: Transaction
  actor: Actor
  nowMs: number
  now: string
}

/** Decides a change: returns the columns to write, by `differing`; none when nothing changes. */
type Rule<Row> = (doing: Doing, before: Row) => Promise<Partial<Row>> | Partial<Row>

/**
 * Every change of a record takes the same steps: find and lock the row, apply the rule, check `If-Match`, write the row and
 * its totals, then its events and its audit row.
 */
export function recordOf<Row extends Stored, Shown>(rules: RecordRules<Row, Shown>) {
  const steps = stepsOf(rules)
  return { ...rules, ...steps, ...changesOf(rules, steps) }
}

type Steps<Row extends Stored, Shown> = ReturnType<typeof stepsOf<Row, Shown>>

/** The steps of every change. */
function stepsOf<Row extends Stored, Shown>(rules: RecordRules<Row, Shown>) {
  const { name } = rules

  async function read(context: Context, db: Db, actor: Actor, id: number, options?: { forUpdate: boolean }) {
    const row = await rules.find(db, id, context, options)
    if (!row || rules.isVisible?.(actor, row) === false) throw notFound(name, id)
    return row
  }

  /**
   * What a change is judged by, and writes: the columns that differ. Callers who may not read the record could guess what
   * is stored by sending it, so that for them all that they sent counts as changed, whatever is stored.
   */
  function differing(actor: Actor, before: Row, wanted: Partial<Row>): Partial<Row> {
    return rules.mayRead(actor, before) ? changedColumns(before, wanted) : wanted
  }

  function tagged(context: Context, row: Row): Tagged<Shown> {
    return { etag: rules.etag(row, context), resource: rules.show(row, context) }
  }

  async function get(context: Context, actor: Actor, id: number): Promise<Tagged<Shown>> {
    return tagged(context, await read(context, context.database.read, actor, id))
  }

  async function requireForChange({ context, trx, actor }: Doing, id: number): Promise<Row> {
    const row = await read(context, trx.db, actor, id, { forUpdate: true })
    rules.requireChangeable?.(actor, row)
    return row
  }

  /** After the rule, which may refuse: a caller who may not change a row must not learn its tag. */
  function requireSeen({ context }: Doing, row: Row, ifMatch: IfMatch): void {
    requireMatch(ifMatch, rules.etag(row, context))
  }

  /** Writes the events and the audit row. */
  async function tell(
    { context, trx, actor, nowMs, now }: Doing,
    action: string,
    { before, after }: { before?: Row; after?: Row },
  ): Promise<void> {
    const { requestId } = actor
    const subjects = rules.subjectOf && subjectsOf(rules.subjectOf, before, after)
    const told = { requestId, ...(subjects ? { subjects } : {}) }
    for (const occurrence of rules.eventsOf?.(before, after) ?? [])
      await appendEvent(trx, { ...occurrence, ...told }, nowMs)
    // A record in the trash counts as absent.
    const seen = action === 'restore' ? undefined : before
    await recordAudit(trx, actor, now, {
      action: `${rules.kind ?? name}.${rules.actions?.[action] ?? action}`,
      targetId: (after ?? before)?.id ?? null,
      before: seen ? rules.auditView(seen, context) : null,
      after: after ? rules.auditView(after, context) : null,
      ...(subjects ? { subjects } : {}),
    })
  }

  /** Writes a new version, its events and its audit row. */
  async function write(doing: Doing, action: string, before: Row, changes: Partial<Row>): Promise<Row> {
    const { trx, context, actor, now } = doing
    const stamp: Partial<Stored> = { updated_at: now, version: before.version + 1 }
    const after = await rules.update(trx, before, { ...changes, ...stamp }, context)
    rules.requireOutcome?.(actor, after)
    await tell(doing, action, { before, after })
    return after
  }

  return { read, differing, tagged, get, requireForChange, requireSeen, tell, write }
}

function changesOf<Row extends Stored, Shown>(
  rules: RecordRules<Row, Shown>,
  { differing, tagged, requireForChange, requireSeen, tell, write }: Steps<Row, Shown>,
) {
  return {
    /** @param insert writes the new row and updates the totals */
    create(context: Context, actor: Actor, insert: (doing: Doing) => Promise<Row>): Change<Tagged<Shown>> {
      return changing(context, actor, async (doing) => {
        const after = await insert(doing)
        rules.requireOutcome?.(actor, after)
        await tell(doing, 'create', { after })
        return tagged(context, after)
      })
    },

    /**
     * JSON merge patch (RFC 7396). A patch that changes nothing leaves no trace, unless only a reader could know that.
     * @param seenVersion what the change was decided by, outside of its transaction
     */
    change(
      context: Context,
      actor: Actor,
      id: number,
      ifMatch: IfMatch,
      rule: Rule<Row>,
      seenVersion?: number,
    ): Change<Tagged<Shown>> {
      return changing(context, actor, async (doing) => {
        const before = await requireForChange(doing, id)
        const changes = differing(actor, before, await rule(doing, before))
        requireSeen(doing, before, ifMatch)
        requireSameVersion(rules.name, before, seenVersion)
        if (Object.keys(changes).length === 0) return tagged(context, before)
        return tagged(context, await write(doing, 'update', before, changes))
      })
    },

    /** @param rule the columns that mark it as deleted */
    remove(context: Context, actor: Actor, id: number, ifMatch: IfMatch, rule: Rule<Row>): Change<void> {
      return changing(context, actor, async (doing) => {
        const before = await requireForChange(doing, id)
        const columns = await rule(doing, before)
        requireSeen(doing, before, ifMatch)
        await rules.update(doing.trx, before, columns, context)
        await tell(doing, 'delete', { before })
      })
    },

    /** @param find finds and locks the row in the trash */
    restore(
      context: Context,
      actor: Actor,
      id: number,
      find: (doing: Doing) => Promise<Row | undefined>,
      rule: Rule<Row>,
      seenVersion?: number,
    ): Change<Tagged<Shown>> {
      return changing(context, actor, async (doing) => {
        const before = await find(doing)
        if (!before || rules.isVisible?.(actor, before) === false)
          throw new AppError('resource_not_found', `There is no deleted ${rules.name} with id ${id}.`)
        rules.requireChangeable?.(actor, before)
        requireSameVersion(rules.name, before, seenVersion)
        return tagged(context, await write(doing, 'restore', before, await rule(doing, before)))
      })
    },
  }
}

/** A record that names nobody any more is still about whom it named. */
function subjectsOf<Row>(
  subjectOf: (row: Row) => number | null,
  before: Row | undefined,
  after: Row | undefined,
): ChangedSubjects {
  const former = before ? subjectOf(before) : null
  return { before: former, after: (after ? subjectOf(after) : null) ?? former }
}

/** Somebody else has changed the record since it was looked at for this change: which can be prepared once more. */
export class ChangedMeanwhile extends AppError {}

function requireSameVersion(name: string, { id, version }: Stored, seenVersion = version): void {
  if (version === seenVersion) return
  throw new ChangedMeanwhile(
    'conflict',
    `The ${name} ${id} was changed while hooks were called about this change. Read it again and retry.`,
  )
}

/** A change that runs at one instant of its transaction. */
export function changing<T>(context: Context, actor: Actor, run: (doing: Doing) => Promise<T>): Change<T> {
  return (trx) => {
    const nowMs = context.clock.now()
    return run({ context, trx, actor, nowMs, now: toTimestamp(nowMs) })
  }
}

/** Prepares and runs a change; once more where its record was changed in between. */
export async function writePrepared<T>(
  { database }: Pick<Context, 'database'>,
  prepare: () => Prepared<T>,
): Promise<T> {
  try {
    return await database.write(await prepare())
  } catch (error) {
    if (!(error instanceof ChangedMeanwhile)) throw error
    return database.write(await prepare())
  }
}
