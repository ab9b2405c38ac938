import type { Static, TObject, TSchema } from 'typebox'
import type { Actor } from '../access/caller.ts'
import type { Scope } from '../access/scopes.ts'
import type { IfMatch, Tagged } from '../api/conditional.ts'
import type { ErrorCode } from '../api/errors.ts'
import type { Listing, ListRequest, SortName } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Db, Prepared } from '../db/database.ts'
import type { EventType } from '../events/types.ts'
import type { Confirmation } from '../http/confirmation.ts'
import type { App } from '../http/pipeline.ts'
import type { Task } from '../lib/background.ts'
import type { Importing } from './importing.ts'
import { kindOf } from './naming.ts'
import type { OfPeople } from './people.ts'
import type { CatalogRecords } from './records-schema.ts'
import { resourceRoutes } from './routes.ts'
import { purging, type TrashStore } from './trash.ts'

/** Texts and errors of a route that differ from the default. */
export interface RouteWords {
  operationId?: string
  summary?: string
  description?: string | undefined
  errors?: readonly ErrorCode[]
}

export type Verb = 'list' | 'create' | 'batch' | 'export' | 'trash' | 'get' | 'update' | 'delete' | 'restore'

/** How programs that assist people use a resource, by MCP; one without it is not shown to them. */
export interface Assisted {
  /** The field by which people know a record. */
  namedBy: string
  /** Fields that are not for assistants, and what a create has in their place. */
  without?: readonly string[]
  /** Fields that they may give a new record and not change. */
  unchanged?: readonly string[]
  /** @param secret a text that nobody knows: the same when a create is repeated */
  filled?(secret: string): Readonly<Record<string, unknown>>
}

/** The schemas of a resource, which carry its types. */
export interface Shapes {
  full: TObject
  /** Where an export has other fields. */
  exported?: TObject
  listed: TObject
  created: TObject
  create: TObject
  update: TObject
  filters: TObject
  /** Replacements for values that others have taken since the deletion; without it, a restore has no body. */
  restore?: TObject
  /** The query of a delete. */
  deletion?: TObject
}

export type Deleting<S extends Shapes> = S['deletion'] extends TObject ? Static<S['deletion']> : unknown

export type Restoring<S extends Shapes> = S['restore'] extends TObject ? Static<S['restore']> : unknown

type Of<S extends TSchema> = Static<S>
/** A record in one of its representations. */
type Shown<S extends TSchema> = Static<S> & { id: number }

type Streamed<Record> = AsyncIterable<readonly Record[]>

/**
 * A resource as a value. Each part that it declares becomes a route, with its OpenAPI text, scope, totals, idempotency
 * and `ETag`; parts that are left out have no route. Rules and queries are functions of its feature.
 */
export interface Declaration<S extends Shapes> {
  /** The singular: `document`. */
  name: string
  /** Its path: `documents`. */
  plural: string
  /** The OpenAPI tag, and its description where the document does not have that tag yet. */
  tag: string
  about?: string
  reads: Scope
  writes: Scope
  /** Its records have owners, who list, read and delete them whatever their role. */
  isOwned?: boolean
  schema: S
  sorts: readonly [SortName, ...SortName[]]
  /** The limit for creates and updates, where it exceeds the usual one. */
  bodyBytesMax?: number
  words?: Partial<Record<Verb, RouteWords>>
  /** How a single record is addressed where that is not by its id alone. */
  addressed?: { params: TObject; idOf(context: Context, address: string): Promise<number> }
  /** Changes that hand out access: a signed-in person must have given the password lately. */
  confirm?: { create?: Confirmation; update?: Confirmation; restore?: Confirmation }
  events?: readonly EventType[]
  /** Names of its changes in the audit log that differ from the default. */
  actions?: Readonly<Record<string, string>> | undefined
  /** What a caller who creates a record and may not read it is shown instead of what the create did not make. */
  unread?: Readonly<Record<string, unknown>>
  /** The response to a create holds a secret. */
  showsSecret?: boolean
  /** Further actions that it writes to the audit log. */
  auditActions?: readonly string[]
  assisted?: Assisted
  list(
    context: Context,
    actor: Actor,
    filter: Of<S['filters']>,
    request: ListRequest,
  ): Promise<Listing<Shown<S['listed']>>>
  get(context: Context, actor: Actor, id: number): Promise<Tagged<Shown<S['full']>>>
  create(context: Context, actor: Actor, input: Of<S['create']>): Prepared<Tagged<Shown<S['created']>>>
  update(
    context: Context,
    actor: Actor,
    id: number,
    input: Of<S['update']>,
    ifMatch?: IfMatch,
  ): Prepared<Tagged<Shown<S['full']>>>
  delete(
    context: Context,
    actor: Actor,
    id: number,
    ifMatch?: IfMatch,
    query?: Deleting<S>,
  ): Prepared<unknown>
  restore?(
    context: Context,
    actor: Actor,
    id: number,
    input: Restoring<S>,
  ): Prepared<Tagged<Shown<S['full']>>>
  /** Locks the rows of many changes, in one order. Enables the batch route. */
  lock?(db: Db, ids: readonly number[]): Promise<void>
  export?(
    context: Context,
    actor: Actor,
    filter: Of<S['filters']>,
  ): Streamed<Shown<S['full']>> | Promise<Streamed<Shown<S['full']>>>
  importing?: Importing
  trash?: TrashStore
  /** For a resource that is one table: the columns whose values have totals of their own. */
  totalled?: readonly string[]
  /** What an erasure and a personal data export have to cover, beside the server's own records. */
  people?: OfPeople | undefined
  /** Tasks in addition to the purge. */
  tasks?(context: Context): Task[]
  /** Routes in addition to the derived ones. */
  routes?(app: App, context: Context): void
}

/** A resource without its type parameters, as an element of a list. */
export interface Resource {
  name: string
  plural: string
  tag: { name: string; description: string }
  reads: Scope
  writes: Scope
  events: readonly EventType[]
  auditActions: readonly string[]
  totalled?: readonly string[]
  people?: OfPeople
  assisted?: Assisted
  /** Of an extension: what clients need to show its records. */
  records?: CatalogRecords
  /** With the schema of an exported record, and what a create needs. */
  importing?: Importing & { exported: TSchema; confirm?: Confirmation | undefined }
  routes(app: App, context: Context): void
  tasks(context: Context): Task[]
}

export function resource<S extends Shapes>(declaration: Declaration<S>): Resource {
  const { name, plural, reads, writes, schema, events = [], auditActions = [] } = declaration
  const {
    actions = {},
    restore,
    trash,
    export: exported,
    showsSecret,
    importing,
    totalled,
    assisted,
    people,
  } = declaration
  const changes = ['create', 'update', 'delete', ...(restore ? ['restore'] : []), ...(trash ? ['purge'] : [])]
  const shown = [...(exported ? ['export'] : []), ...(showsSecret ? ['show_secret'] : [])]
  const actionOf = (change: string) => `${kindOf(declaration)}.${actions[change] ?? change}`
  return {
    name,
    plural,
    tag: { name: declaration.tag, description: declaration.about ?? '' },
    reads,
    writes,
    events,
    auditActions: [...[...changes, ...shown].map(actionOf), ...auditActions],
    ...(totalled ? { totalled } : {}),
    ...(assisted ? { assisted } : {}),
    ...(people ? { people } : {}),
    ...(importing
      ? {
          importing: {
            ...importing,
            exported: schema.exported ?? schema.full,
            confirm: declaration.confirm?.create,
          },
        }
      : {}),
    routes(app, context) {
      resourceRoutes(app, context, declaration)
      declaration.routes?.(app, context)
    },
    tasks: (context) => [
      ...(trash ? [purging(context, plural, actionOf('purge'), trash)] : []),
      ...(declaration.tasks?.(context) ?? []),
    ],
  }
}
