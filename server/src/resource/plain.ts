import type { TSchema } from 'typebox'
import type { Actor } from '../access/caller.ts'
import { maySee } from '../access/grant-use.ts'
import type { Scope } from '../access/scopes.ts'
import { etagOf, type IfMatch, type Tagged } from '../api/conditional.ts'
import { type ListRequest, listing } from '../api/paging.ts'
import { closed, Id } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { createCheck } from '../api/validate.ts'
import type { Context } from '../context.ts'
import type { Change, Db, Transaction } from '../db/database.ts'
import { pagesByKey, type Slice } from '../db/page.ts'
import { eventsOf } from '../events/types.ts'
import type { PersonField } from '../extension/people.ts'
import { settled } from '../lib/merge-patch.ts'
import { picked } from '../lib/picked.ts'
import { trashExpiry } from '../lib/timestamps.ts'
import { foldedName } from '../lib/words/fold.ts'
import { columnsOf, type Distinct, derivedOf, namingTaken, takenField } from './distinct.ts'
import { kindOf, tableOf, titleOf } from './naming.ts'
import { ofPeople, requireUsers, subjectIn } from './people.ts'
import { defaultsOf, type Fields, plainSchemas } from './plain-schemas.ts'
import { recordOf } from './record.ts'
import { type Assisted, type Resource, resource } from './resource.ts'
import { capitalised } from './shown-as.ts'
import { type PlainRow, tableStore } from './table.ts'

/** Attempts to insert a record whose derived text somebody else takes at the same moment. */
const attemptsMax = 20

type Input = Readonly<Record<string, unknown>>
type Shown = { id: number } & Record<string, unknown>

/** Of every record. */
const stored = ['id', 'created_at', 'updated_at', 'deleted_at']

/** The declaration of a resource that is one table. */
export interface Plain extends Distinct {
  tag: string
  about: string
  reads: Scope
  writes: Scope
  /** The writable fields, each a column; one with a default, or that may be null, is optional in a create. */
  fields: Fields
  /** The data of its events beside the id: names of fields, with an example of each. */
  told: Input
  /** Fields by which lists are filtered; one that is not unique needs an index. */
  filters?: readonly string[]
  assisted?: Assisted
  /** Fields that hold the id of a user, each with an index. */
  people?: readonly PersonField[]
  /** For a record before a change and after it. @throws AppError when the actor may not change it */
  requireWritable?(actor: Actor, row: PlainRow): void
  /** Fields that are read from elsewhere, as far as the caller may see them. */
  computed?: {
    fields: Fields
    read(db: Db, actor: Actor, rows: readonly PlainRow[]): Promise<Input[]>
    /** Shown instead to a caller who creates a record and may not read it. */
    unread: Input
  }
}

export function plainResource(declared: Plain): Resource {
  const { name, fields, told, filters = [], unique = [], computed, people = [] } = declared
  const kind = kindOf(declared)
  const totalled = filters.filter((field) => !unique.includes(field))
  const store = tableStore(tableOf(declared), totalled)
  const { types, occurred } = eventsOf(kind, {
    reads: declared.reads,
    data: Type.Object({ id: Id, ...toldFields(declared) }),
    example: { id: 7, ...told },
    types: {
      created: `New ${name} created`,
      updated: `${capitalised(name)} updated`,
      deleted: `${capitalised(name)} deleted; the data is its state before deletion`,
    },
  })
  const dataOf = (of: PlainRow) => ({ id: of.id, ...picked(of, Object.keys(told)) })
  const record = recordOf<PlainRow, PlainRow>({
    name,
    kind,
    find: (db, id, _, options) => store.find(db, id, options),
    mayRead: (actor) => maySee(actor, declared.reads),
    async update(trx, before, changes) {
      try {
        return await trx.savepoint(() => store.update(trx, before, changes))
      } catch (error) {
        throw await namingTaken(trx, declared, error, changes, before.id)
      }
    },
    ...(declared.requireWritable
      ? { requireChangeable: declared.requireWritable, requireOutcome: declared.requireWritable }
      : {}),
    show: (row) => row,
    subjectOf: (row) => subjectIn(people, row),
    etag: ({ id, version }) => etagOf(name, id, version),
    auditView: (row) => ({ id: row.id, ...picked(row, Object.keys(fields)) }),
    eventsOf(before, after) {
      const row = after ?? before
      if (!row) return []
      const name = !after ? 'deleted' : before ? 'updated' : 'created'
      return [occurred(name, dataOf(row), before && after && dataOf(before))]
    },
  })
  const shown = showing(declared)
  const schema = plainSchemas(titleOf(declared, name), fields, filters, computed?.fields ?? {})
  return resource({
    ...declared,
    ...(unique.length > 0 ? { words: { update: { errors: ['conflict'] } } } : {}),
    schema,
    sorts: ['created_at', '-created_at'],
    totalled,
    ...(computed ? { unread: computed.unread } : {}),
    events: types,
    people:
      people.length === 0
        ? undefined
        : ofPeople({
            kind,
            people,
            table: tableOf(declared),
            store,
            shown: (row) => ({ ...picked(row, [...stored, ...Object.keys(fields)]) }),
            emptied: (names) => columnsOf(declared, picked(defaultsOf(fields), names)),
            updated: (row) => occurred('updated', dataOf(row)),
            deleted: (id) => occurred('deleted', { id }),
          }),
    ...readingOf({ declared, schema, store, record, shown }),
    ...changingOf({ declared, schema, store, record, shown }),
  })
}

interface Parts {
  declared: Plain
  schema: ReturnType<typeof plainSchemas>
  store: ReturnType<typeof tableStore>
  record: ReturnType<typeof recordOf<PlainRow, PlainRow>>
  shown: ReturnType<typeof showing>
}

/** Rows as the API shows them, with their computed fields. */
function showing({ fields, computed }: Plain) {
  return async (db: Db, actor: Actor, rows: readonly PlainRow[]): Promise<Shown[]> => {
    const more = (await computed?.read(db, actor, rows)) ?? []
    return rows.map((row, i) => {
      const { id, created_at, updated_at } = row
      return { id, ...picked(row, Object.keys(fields)), ...more[i], created_at, updated_at }
    })
  }
}

function readingOf({ declared, store, record, shown }: Parts) {
  const { filters = [], unique = [] } = declared
  /** In the order that counters use; a unique field is compared as its uniqueness is. */
  const filterOf = (given: Input): Record<string, string> => {
    const asked = filters
      .filter((name) => given[name] !== undefined)
      .map((name) => [name, String(given[name])] as const)
    return Object.fromEntries(
      asked.map(([name, text]) => (unique.includes(name) ? [`${name}_key`, foldedName(text)] : [name, text])),
    )
  }

  return {
    async list({ database: { read } }: Context, actor: Actor, filter: Input, request: ListRequest) {
      const wanted = filterOf(filter)
      const [rows, total] = await Promise.all([
        store.list(read, wanted, request.slice),
        store.count(read, wanted),
      ])
      const page = listing(request, rows, total, (row) => row)
      return { ...page, data: await shown(read, actor, page.data) }
    },
    async get(context: Context, actor: Actor, id: number) {
      const { read } = context.database
      const row = await record.read(context, read, actor, id)
      const [resource = { id }] = await shown(read, actor, [row])
      return { etag: record.etag(row, context), resource }
    },
    async *export({ database: { read } }: Context, actor: Actor, filter: Input) {
      const wanted = filterOf(filter)
      for await (const rows of pagesByKey(100, (slice) => store.list(read, wanted, slice)))
        yield await shown(read, actor, rows)
    },
    trash: {
      ...store,
      async listTrash(db: Db, expiry: string, slice: Slice, actor: Actor) {
        const rows = await store.listTrash(db, expiry, slice)
        const resources = await shown(db, actor, rows)
        return rows.map(({ id, deleted_at }, i) => ({ ...resources[i], id, deleted_at }))
      },
      purgedAtOnce: 100,
    },
  }
}

function changingOf({ declared, schema, store, record, shown }: Parts) {
  const { fields, people = [] } = declared
  const kind = kindOf(declared)
  const defaults = defaultsOf(fields)
  const checks = checksOf(schema)
  const told = (row: PlainRow) => ({ id: row.id, ...picked(row, Object.keys(fields)) })

  const showingChanged = shownAfter(declared, shown)

  /** Somebody else may take a derived text between the query and the insert, so it is derived again then. */
  async function inserted(trx: Transaction, given: Input, stamp: Omit<PlainRow, 'id'>): Promise<PlainRow> {
    for (let attempt = 1; ; attempt++) {
      const made = await derivedOf(trx.db, declared, given)
      const columns = { ...columnsOf(declared, { ...given, ...made }), ...stamp }
      try {
        return await trx.savepoint(() => store.insert(trx, columns))
      } catch (error) {
        const field = takenField(declared, error)
        if (field === undefined || !(field in made) || attempt === attemptsMax)
          throw await namingTaken(trx, declared, error, columnsOf(declared, given))
      }
    }
  }

  return {
    create(context: Context, actor: Actor, input: Input) {
      const adjust = context.extensions?.adjusting<Input>(`${kind}.create`, actor, checks.create)
      const change = record.create(context, actor, async ({ trx, now }) => {
        const given = { ...defaults, ...settled(adjust?.(null, input) ?? input, defaults) }
        await requireUsers(trx.db, people, given)
        return inserted(trx, given, { created_at: now, updated_at: now, deleted_at: null, version: 1 })
      })
      return showingChanged(actor, change)
    },
    update(context: Context, actor: Actor, id: number, input: Input, ifMatch?: IfMatch) {
      const adjust = context.extensions?.adjusting<Input>(`${kind}.update`, actor, checks.update)
      const change = record.change(context, actor, id, ifMatch, async ({ trx }, before) => {
        const given = settled(adjust?.(told(before), input) ?? input, defaults)
        await requireUsers(trx.db, people, given, before)
        return columnsOf(declared, given)
      })
      return showingChanged(actor, change)
    },
    delete(context: Context, actor: Actor, id: number, ifMatch?: IfMatch) {
      const adjust = context.extensions?.adjusting(`${kind}.delete`, actor, checks.delete)
      return record.remove(context, actor, id, ifMatch, ({ now }, before) => {
        adjust?.(told(before), {})
        return { deleted_at: now }
      })
    },
    restore(context: Context, actor: Actor, id: number) {
      const { trashDays } = context.config
      const change = record.restore(
        context,
        actor,
        id,
        ({ trx, nowMs }) => store.findInTrash(trx.db, id, trashExpiry(nowMs, trashDays)),
        () => ({ deleted_at: null }),
      )
      return showingChanged(actor, change)
    },
    lock: store.lock,
  }
}

/** Shows what a change has made, in its transaction. */
function shownAfter({ people = [] }: Plain, shown: Parts['shown']) {
  return (actor: Actor, change: Change<Tagged<PlainRow>>): Change<Tagged<Shown>> =>
    async (trx) => {
      const { etag, resource: row } = await change(trx)
      const person = subjectIn(people, row)
      if (person !== null) trx.isAbout(person)
      const [resource = { id: row.id }] = await shown(trx.db, actor, [row])
      return { etag, resource }
    }
}

/** What extensions may make of an input. */
function checksOf({ create, update }: ReturnType<typeof plainSchemas>) {
  return {
    create: { check: createCheck(create) },
    update: { check: createCheck(update) },
    delete: { check: createCheck(closed({})) },
  }
}

/** The fields of an event without the rules for setting them. A deletion by an erasure tells none of them. */
function toldFields({ fields, told, people = [] }: Plain): Fields {
  const isOptional = people.some(({ empties }) => empties === undefined)
  const typeOf = (field: TSchema) => {
    const { type } = field as { type?: unknown }
    return isOptional ? Type.Optional(Type.Unsafe({ type })) : Type.Unsafe({ type })
  }
  return Object.fromEntries(
    Object.entries(picked(fields, Object.keys(told))).map(([name, field]) => [name, typeOf(field)]),
  )
}
