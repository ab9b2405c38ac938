import type { Grant } from '../access/grant.ts'
import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { subjectOf } from '../db/subjects.ts'
import { type EventRow, listEvents } from '../events/log.ts'
import { bodyContext } from '../events/outbox.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { type Verdict, verdictOn } from './condition.ts'
import { keyOf } from './definition.ts'
import { eventFor } from './input.ts'
import { rightsOf } from './rights.ts'
import * as store from './run-store.ts'
import type { NewRun } from './runs.ts'
import { causedMax, writeRuns } from './runs.ts'
import { lastSettled } from './store.ts'

const eventsAtOnce = 100
/** Runs that a transaction writes: no other change waits long for it. An event that begins more is written in one. */
const runsMax = 250
/** A place in the log that is so far behind is moved, so that a new rule does not begin with old events. */
const farBehind = 1_000

type Dependencies = Pick<Context, 'database' | 'catalog' | 'clock' | 'expressions' | 'log'>

/**
 * Reads the event log from where it was read last, and writes the runs that its events begin together with the new place:
 * however the process ends, each event is looked at, and has one run for each rule that matches.
 * @returns whether there was anything to do; call again then
 */
export async function followLog(context: Dependencies): Promise<boolean> {
  const { database } = context
  const types = await store.triggeringTypes(database.read)
  if (types.length === 0) return false
  const from = (await store.findLogPlace(database.read, {}))[0]?.event_id ?? 0
  const end = await lastSettled(database.read)
  if (end === undefined || end === from) return false
  const events = await listEvents(database.read, { types, after: from }, eventsAtOnce)
  if (events.length === 0) {
    if (end < from + farBehind) return false
    // Read again up to there: nothing may have come in between.
    const missed = await listEvents(database.read, { types, after: from, until: end }, 1)
    if (missed.length === 0) await database.write(({ db }) => store.moveLogPlace(db, from, end))
    return missed.length > 0
  }
  const depths = await store.depthsOf(
    database.read,
    events.map(({ id }) => id),
  )
  const caused = new Caused(database.read)
  const runs: NewRun[] = []
  let to = from
  for (const event of events) {
    if (runs.length >= runsMax) break
    const depth = (depths.get(event.id) ?? 0) + 1
    const begun = await begunBy(context, event, depth)
    runs.push(...(depth === 1 ? begun : await caused.bounded(event, begun)))
    to = event.id
  }
  await database.write((trx) => writeAndMove(trx, context, runs, { from, to }))
  return true
}

async function writeAndMove(
  trx: Transaction,
  { clock }: Dependencies,
  runs: readonly NewRun[],
  { from, to }: { from: number; to: number },
): Promise<void> {
  // Another process was faster: it has written these runs.
  if (!(await store.moveLogPlace(trx.db, from, to))) return
  await writeRuns(trx, runs, clock.now())
}

/** Counts the runs that each root event has caused, over the events of one turn. */
class Caused {
  readonly #db: Db
  readonly #counts = new Map<number, number>()

  constructor(db: Db) {
    this.#db = db
  }

  /** Marks those that are too many of their root. */
  async bounded({ id }: EventRow, begun: readonly NewRun[]): Promise<NewRun[]> {
    if (begun.length === 0) return []
    const root = await store.rootOf(this.#db, id)
    let count = this.#counts.get(root) ?? (await store.countCausedBy(this.#db, root, causedMax))
    const bounded = begun.map((run) => ({ ...run, isTooMany: count++ >= causedMax }))
    this.#counts.set(root, count)
    return bounded
  }
}

/** The runs of an event. */
async function begunBy(context: Dependencies, row: EventRow, depth: number): Promise<NewRun[]> {
  const { database, catalog, clock } = context
  const type = catalog.eventTypes.get(row.type)
  if (!type) return []
  const keys = await keysOf(context, row)
  if (keys === undefined) return []
  const rules = await store.findCandidates(database.read, { event_id: row.id, event_type: row.type, keys })
  if (rules.length === 0) return []
  const rights = await rightsOf(database.read, rules, toTimestamp(clock.now()))
  const runs: NewRun[] = []
  for (const rule of rules) {
    const may = rights.get(rule.id)
    if (!may || 'problem' in may) continue
    const matched = await matches(context, rule, may.grant, row)
    if (matched === false) continue
    runs.push({
      rule,
      trigger_type: 'event',
      event: row,
      subject: type.isPersonal ? row.resource_id : (subjectOf(row.body) ?? null),
      depth,
      ...(matched === true ? {} : matched),
    })
  }
  return runs
}

async function matches(
  context: Dependencies,
  rule: store.Candidate,
  grant: Grant,
  row: EventRow,
): Promise<Verdict> {
  const told = await eventFor(context, rule, grant, row)
  return told ? verdictOn(context, rule, told) : false
}

/** By which rules are found whose conditions require a value. Undefined when nothing is left of the event. */
async function keysOf({ database }: Dependencies, { body }: EventRow): Promise<string[] | undefined> {
  const open = await database.subjects.opener(database.read, [body])
  const text = open(body, bodyContext)
  if (text === null) return undefined
  const { data } = JSON.parse(text) as { data: object }
  return Object.entries(data)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([field, value]) => keyOf(field, value))
    .filter((key) => key !== '')
}
