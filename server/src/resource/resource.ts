import type { Static, TObject, TSchema } from 'typebox'
import type { Actor } from '../access/caller.ts'
import type { Scope } from '../access/scopes.ts'
import type { IfMatch, Tagged } from '../api/conditional.ts'
import type { ErrorCode } from '../api/errors.ts'
import type { Listing, ListRequest, SortName } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Db, Prepared } from '../db/database.ts'
import type { EventType } from '../events/types.ts'
import type { App } from '../http/pipeline.ts'
import type { Task } from '../lib/background.ts'
import type { Importing } from './importing.ts'
import { resourceRoutes } from './routes.ts'
import { purging, type TrashStore } from './trash.ts'

/** What a route says about itself where the usual words would not do. */
export interface RouteWords {
  operationId?: string
  summary?: string
  description?: string | undefined
  errors?: readonly ErrorCode[]
}

export type Verb = 'list' | 'create' | 'batch' | 'export' | 'trash' | 'get' | 'update' | 'delete' | 'restore'

/** The types that a declaration carries through: of the resource, of what creates and what changes one, of its filters. */
export interface Shapes {
  full: TObject
  listed: TObject
  created: TObject
  create: TObject
  update: TObject
  filters: TObject
  /** What a restored one may have instead of what others have taken; none, and nothing is sent. */
  restore?: TObject
}

/** What is sent to restore one. */
export type Restoring<S extends Shapes> = S['restore'] extends TObject ? Static<S['restore']> : unknown

type Of<S extends TSchema> = Static<S>
/** A resource, as one of its schemas shows it. */
type Shown<S extends TSchema> = Static<S> & { id: number }

/**
 * A resource as a value. What it names becomes a route, with its place in OpenAPI, its scope, its totals, its idempotency
 * and its `ETag`; what it leaves out is not there. Rules and queries are functions of its feature.
 */
export interface Declaration<S extends Shapes> {
  /** The singular: `document`. */
  name: string
  /** In addresses: `documents`. */
  plural: string
  /** The group of its calls in the description, and what it is about where no group of that name is described yet. */
  tag: string
  about?: string
  reads: Scope
  writes: Scope
  schema: S
  sorts: readonly [SortName, ...SortName[]]
  /** Of what creates or changes one, where it is more than other bodies may have. */
  bodyBytesMax?: number
  words?: Partial<Record<Verb, RouteWords>>
  events?: readonly EventType[]
  /** Those of its record: what a change is called in the audit log, where it is another word. */
  actions?: Readonly<Record<string, string>> | undefined
  /** What else is written there. */
  auditActions?: readonly string[]
  list(
    context: Context,
    actor: Actor,
    filter: Of<S['filters']>,
    request: ListRequest,
  ): Promise<Listing<Shown<S['listed']>>>
  get(context: Context, actor: Actor, id: number): Promise<Tagged<Shown<S['full']>>>
  /** Asked before a stored response is replayed, too. @throws AppError */
  requireMayCreate?(actor: Actor, input: Of<S['create']>): void
  create(context: Context, actor: Actor, input: Of<S['create']>): Prepared<Tagged<Shown<S['created']>>>
  update(
    context: Context,
    actor: Actor,
    id: number,
    input: Of<S['update']>,
    ifMatch?: IfMatch,
  ): Prepared<Tagged<Shown<S['full']>>>
  delete(context: Context, actor: Actor, id: number, ifMatch?: IfMatch): Prepared<void>
  restore?(
    context: Context,
    actor: Actor,
    id: number,
    input: Restoring<S>,
  ): Prepared<Tagged<Shown<S['full']>>>
  /** Takes the rows of many changes, in one order. What has this may be changed in batches. */
  lock?(db: Db, ids: readonly number[]): Promise<void>
  export?(
    context: Context,
    actor: Actor,
    filter: Of<S['filters']>,
  ): AsyncIterable<readonly Shown<S['full']>[]>
  importing?: Importing
  trash?: TrashStore
  /** What runs by itself, beside the purge. */
  tasks?(context: Context): Task[]
  /** Routes beside those that derive. */
  routes?(app: App, context: Context): void
}

/** A resource whose types are known to itself alone: what a list of resources holds. */
export interface Resource {
  name: string
  plural: string
  tag: { name: string; description: string }
  reads: Scope
  writes: Scope
  events: readonly EventType[]
  auditActions: readonly string[]
  /** With the schema of what an export says of one. */
  importing?: Importing & { exported: TSchema }
  routes(app: App, context: Context): void
  tasks(context: Context): Task[]
}

export function resource<S extends Shapes>(declaration: Declaration<S>): Resource {
  const { name, plural, reads, writes, schema, events = [], auditActions = [] } = declaration
  const { actions = {}, restore, trash, importing } = declaration
  const changes = ['create', 'update', 'delete', ...(restore ? ['restore'] : []), ...(trash ? ['purge'] : [])]
  const actionOf = (change: string) => `${name}.${actions[change] ?? change}`
  return {
    name,
    plural,
    tag: { name: declaration.tag, description: declaration.about ?? '' },
    reads,
    writes,
    events,
    auditActions: [...changes.map(actionOf), ...auditActions],
    ...(importing ? { importing: { ...importing, exported: schema.full } } : {}),
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
