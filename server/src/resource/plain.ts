import { type TSchema, Type } from 'typebox'
import type { Actor } from '../access/caller.ts'
import type { Scope } from '../access/scopes.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { AppError } from '../api/errors.ts'
import { listing } from '../api/paging.ts'
import { Id } from '../api/schemas.ts'
import type { Change } from '../db/change.ts'
import type { Db } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import { pagesByKey } from '../db/page.ts'
import { eventsOf } from '../events/types.ts'
import { settled } from '../lib/merge-patch.ts'
import { trashExpiry } from '../lib/trash-time.ts'
import { defaultsOf, type Fields, plainSchemas } from './plain-schemas.ts'
import { recordOf } from './record.ts'
import { type Resource, resource } from './resource.ts'
import { capitalised } from './shown-as.ts'
import { type PlainRow, tableStore } from './table.ts'

type Input = Readonly<Record<string, unknown>>
type Shown = { id: number } & Record<string, unknown>

/** A resource that is one table: what it is made of. Everything else derives. */
interface Plain {
  name: string
  /** In addresses, and the name of its table. */
  plural: string
  tag: string
  about: string
  reads: Scope
  writes: Scope
  /** What can be set. Each is a column; one with a default, or that may be null, may be left out of a creation. */
  fields: Fields
  /** What its events tell beside the id: the names of fields, with an example of each. */
  told: Input
  filters?: readonly string[]
  /** Fields that no two living ones share, whatever their case: `NAME_key` is the column that is compared. */
  unique?: readonly string[]
  /** Fills in what was left out and follows from the rest. */
  complete?(input: Input): Input
  /** Fields that are read from elsewhere, as the caller may see them. */
  computed?: { fields: Fields; read(db: Db, actor: Actor, rows: readonly PlainRow[]): Promise<Input[]> }
}

export function plainResource(declared: Plain): Resource {
  const { name, plural, fields, told, filters = [], unique = [], complete = (input) => input } = declared
  const { computed = { fields: {}, read: async () => [] } } = declared
  const store = tableStore(plural, filters)
  const schema = plainSchemas(name, fields, filters, computed.fields)
  const fieldNames = Object.keys(fields)
  const defaults = defaultsOf(fields)
  const { types, occurred } = eventsOf(name, {
    reads: declared.reads,
    data: Type.Object({ id: Id, ...toldFields(fields, Object.keys(told)) }),
    example: { id: 7, ...told },
    types: {
      created: `New ${name} created`,
      updated: `${capitalised(name)} updated`,
      deleted: `${capitalised(name)} deleted; the data is what it was before`,
    },
  })

  const record = recordOf<PlainRow, PlainRow>({
    name,
    find: (db, id, _, options) => store.find(db, id, options),
    update: (trx, before, changes) =>
      namingTaken(
        name,
        plural,
        unique,
        trx.savepoint(() => store.update(trx, before, changes)),
      ),
    show: (row) => row,
    etag: ({ id, version }) => etagOf(name, id, version),
    auditView: (row) => ({ id: row.id, ...picked(row, fieldNames) }),
    eventsOf(before, after) {
      const row = after ?? before
      const data = row && { id: row.id, ...picked(row, Object.keys(told)) }
      return data ? [occurred(!after ? 'deleted' : before ? 'updated' : 'created', data)] : []
    },
  })

  async function shown(db: Db, actor: Actor, rows: readonly PlainRow[]): Promise<Shown[]> {
    const more = await computed.read(db, actor, rows)
    return rows.map((row, i) => {
      const { id, created_at, updated_at } = row
      return { id, ...picked(row, fieldNames), ...more[i], created_at, updated_at }
    })
  }

  /** With what is read from elsewhere, in the change's own transaction. */
  function showing(actor: Actor, change: Change<Tagged<PlainRow>>): Change<Tagged<Shown>> {
    return async (trx) => {
      const { etag, resource: row } = await change(trx)
      const [resource = { id: row.id }] = await shown(trx.db, actor, [row])
      return { etag, resource }
    }
  }

  function columnsOf(input: Input): Input {
    const keys = unique.filter((field) => field in input)
    return { ...input, ...Object.fromEntries(keys.map((field) => [`${field}_key`, keyOf(input[field])])) }
  }

  /** In the order in which totals name them. */
  function filterOf(asked: Input): Record<string, string | undefined> {
    return Object.fromEntries(
      filters.map((name) => [name, asked[name] === undefined ? undefined : String(asked[name])]),
    )
  }

  return resource({
    ...declared,
    ...(unique.length > 0 ? { words: { update: { errors: ['conflict'] } } } : {}),
    schema,
    sorts: ['created_at', '-created_at'],
    events: types,
    async list({ database: { read } }, actor, filter, request) {
      const wanted = filterOf(filter)
      const [rows, total] = await Promise.all([
        store.list(read, wanted, request.slice),
        store.count(read, wanted),
      ])
      const page = listing(request, rows, total, (row) => row)
      return { ...page, data: await shown(read, actor, page.data) }
    },
    async get(context, actor, id) {
      const { read } = context.database
      const row = await record.read(context, read, actor, id)
      const [resource = { id }] = await shown(read, actor, [row])
      return { etag: record.etag(row, context), resource }
    },
    create(context, actor, input) {
      const columns = columnsOf({ ...defaults, ...complete(settled(input as Input, defaults)) })
      const change = record.create(context, actor, ({ trx, now }) => {
        const row = { ...columns, created_at: now, updated_at: now, deleted_at: null, version: 1 }
        return namingTaken(
          name,
          plural,
          unique,
          trx.savepoint(() => store.insert(trx, row)),
        )
      })
      return showing(actor, change)
    },
    update: (context, actor, id, input, ifMatch) =>
      showing(
        actor,
        record.change(context, actor, id, ifMatch, () => columnsOf(settled(input as Input, defaults))),
      ),
    delete: (context, actor, id, ifMatch) =>
      record.remove(context, actor, id, ifMatch, ({ now }) => ({ deleted_at: now })),
    restore(context, actor, id) {
      const { trashDays } = context.config
      const change = record.restore(
        context,
        actor,
        id,
        ({ trx, nowMs }) => store.findInTrash(trx.db, id, trashExpiry(nowMs, trashDays)),
        () => ({ deleted_at: null }),
      )
      return showing(actor, change)
    },
    lock: store.lock,
    async *export({ database: { read } }, actor, filter) {
      const wanted = filterOf(filter)
      for await (const rows of pagesByKey(100, (slice) => store.list(read, wanted, slice)))
        yield await shown(read, actor, rows)
    },
    trash: {
      ...store,
      async listTrash(db, expiry, slice, actor) {
        const rows = await store.listTrash(db, expiry, slice)
        const resources = await shown(db, actor, rows)
        return rows.map(({ id, deleted_at }, i) => ({ ...resources[i], id, deleted_at }))
      },
      purgedAtOnce: 100,
    },
  })
}

/** An event tells what a field is, and none of the rules for setting it. */
function toldFields(fields: Fields, names: readonly string[]): Fields {
  const typeOf = (field: TSchema) => Type.Unsafe({ type: (field as { type?: unknown }).type })
  return Object.fromEntries(
    Object.entries(picked(fields, names)).map(([name, field]) => [name, typeOf(field)]),
  )
}

/** How a unique text is compared. */
function keyOf(text: unknown): string | null {
  return typeof text === 'string' ? text.normalize('NFC').toLowerCase() : null
}

/** @throws AppError conflict that names the field that another one has */
async function namingTaken<T>(
  name: string,
  plural: string,
  unique: readonly string[],
  written: Promise<T>,
): Promise<T> {
  try {
    return await written
  } catch (error) {
    const violated = violatedUnique(error)
    const field = unique.find((field) => violated === `${plural}_${field}_key`)
    if (field === undefined) throw error
    throw new AppError('conflict', `The '${field}' is already taken by another ${name}.`, { cause: error })
  }
}

function picked<T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)))
}
