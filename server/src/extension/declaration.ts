import type { Static, TObject } from 'typebox'
import { type ExtensionResource, requireResource } from './resources.ts'
import type { ExtensionRoutes } from './routes.ts'
import type { SchemaChanges } from './schema-changes.ts'

// What modules of extensions import as `comserv-server/extension` is this module.
export { Type } from '../api/type.ts'
export type { Static }

/** Settings by their names. */
export type Values = Record<string, unknown>

/** What an extension may ask for beside its own scopes, such as `documents:read`. */
type Permission = string

/** Writes to the log of the server, each line with the name of the extension. */
export interface ExtensionLog {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** The API of this server, called as the extension, without a network in between. */
export interface ExtensionApi {
  // biome-ignore lint/suspicious/noExplicitAny: the caller knows what it asked for
  get<T = any>(path: string, query?: Readonly<Record<string, string | number | boolean>>): Promise<T>
  // biome-ignore lint/suspicious/noExplicitAny: the same
  post<T = any>(path: string, body?: object, options?: ChangeOptions): Promise<T>
  // biome-ignore lint/suspicious/noExplicitAny: the same
  patch<T = any>(path: string, body: object, options?: ChangeOptions): Promise<T>
  delete(path: string, options?: ChangeOptions): Promise<void>
}

interface ChangeOptions {
  /** The same key makes the same change only once: in `on`, use the id of the event. */
  idempotencyKey?: string
  ifMatch?: string
}

/** A response that is not 2xx; `code` and `details` as the API documents them. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly details: string
  constructor(
    status: number,
    { code, message, details }: { code: string; message: string; details: string },
  ) {
    super(`${status} ${code}: ${details || message}`)
    this.status = status
    this.code = code
    this.details = details
  }
}

export interface FetchOptions {
  method?: string
  headers?: Readonly<Record<string, string>>
  body?: string
  /** For the whole exchange, up to 30 seconds; 10 unless given. */
  timeoutMs?: number
}

/** A response from outside; `text` is at most 1 MiB. */
export interface Fetched {
  ok: boolean
  status: number
  headers: Readonly<Record<string, string>>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever it holds
  json(): any
}

/** Calls a URL under the rules for webhooks: nothing inside a private network, unless the server allows it. */
export type ExtensionFetch = (url: string, options?: FetchOptions) => Promise<Fetched>

/** What every function of an extension gets. */
export interface Tools<S = Values> {
  api: ExtensionApi
  fetch: ExtensionFetch
  log: ExtensionLog
  settings: S
}

/** Who makes a change. */
export interface ExtensionActor {
  type: string
  id: number | null
  name: string
}

/** A change that is about to be written. */
export interface Intended<S = Values> {
  /** As it was sent. What is changed in it is what is written. */
  // biome-ignore lint/suspicious/noExplicitAny: the input of whichever action
  input: any
  /** The record as it is now; null for a create. */
  // biome-ignore lint/suspicious/noExplicitAny: the record of whichever action
  record: any
  actor: ExtensionActor
  /** Refuses the change: the caller gets 400 with this sentence. */
  refuse(sentence: string): never
  log: ExtensionLog
  settings: S
}

export interface Received<S = Values> extends Tools<S> {
  event: {
    /** The same in every attempt. */
    id: number
    type: string
    timestamp: string
    // biome-ignore lint/suspicious/noExplicitAny: the data of whichever event
    data: any
    // biome-ignore lint/suspicious/noExplicitAny: the same
    previous?: any
  }
  /** From 1 on. */
  attempt: number
  /** Aborted when the time is over, or the server stops. */
  signal: AbortSignal
}

export type Migrations = Readonly<Record<string, (schema: SchemaChanges) => Promise<void>>>

export interface ExtensionDeclaration<S extends TObject = TObject> {
  /** Lower-case letters and digits: its routes are under `/api/v1/x/NAME/`. */
  name: string
  /** What it is for, in the API reference and the console. */
  about?: string
  /** Its own scopes, each with what it allows: `approve` becomes `x.NAME.approve`. */
  scopes?: Readonly<Record<string, string>>
  /** Scopes with which `api` acts, beside its own. */
  permissions?: readonly Permission[]
  /** Read from the environment: `url` from `COMSERV_X_NAME_URL`. */
  settings?: S
  /** Called inside the transaction of a change, by its action: not for long, and without waiting for anything. */
  before?: Readonly<Record<string, (intended: Intended<Static<S>>) => void>>
  /** Called after the commit, by the type of the event: at least once, again after an error. */
  on?: Readonly<Record<string, (received: Received<Static<S>>) => Promise<void> | void>>
  /** Kinds of records that it adds, with the scopes `x.NAME.read` and `x.NAME.write`. */
  resources?: readonly ExtensionResource[]
  /** Steps that make and change its tables, by names in their order: `001-invoices`. */
  migrations?: Migrations
  /** Registers routes under `/api/v1/x/NAME`. */
  routes?: (app: ExtensionRoutes<Static<S>>) => void
  /** Run at times of the clock (UTC), by one process at a time. */
  tasks?: readonly ExtensionTask<Static<S>>[]
}

export interface ExtensionTask<S = Values> {
  name: string
  /** `0 7 * * *` is every day at seven. */
  cron: string
  run(tools: Tools<S>): Promise<void> | void
}

/** Marks the result of `extension()`, also where a folder brings its own copy of this module. */
const mark: unique symbol = Symbol.for('comserv.extension')

export interface Extension extends ExtensionDeclaration {
  [mark]: true
}

export const nameMax = 30
const namePattern = new RegExp(`^[a-z][a-z0-9]{1,${nameMax - 1}}$`)
const parts = [
  'name',
  'about',
  'scopes',
  'permissions',
  'settings',
  'before',
  'on',
  'routes',
  'tasks',
  'resources',
  'migrations',
]
const asynchronous = (async () => {}).constructor

/** @throws TypeError */
export function requireName(name: unknown): void {
  if (typeof name !== 'string' || !namePattern.test(name))
    throw new TypeError(
      `The name of an extension has 2 to ${nameMax} lower-case letters and digits, the first a letter; ${JSON.stringify(name)} has not.`,
    )
}

/** Declares an extension, as the default export of its module. */
export function extension<const S extends TObject = TObject>(declared: ExtensionDeclaration<S>): Extension {
  const unknown = Object.keys(declared).find((part) => !parts.includes(part))
  if (unknown !== undefined)
    throw new TypeError(`An extension has no '${unknown}'; its parts are: ${parts.join(', ')}.`)
  const { name, before = {}, on = {}, scopes = {} } = declared
  requireName(name)
  requireFunctions('before', before)
  requireFunctions('on', on)
  for (const [action, ask] of Object.entries(before))
    if (ask instanceof asynchronous)
      throw new TypeError(
        `before['${action}'] is an async function. It is called inside a transaction and must not wait: use 'on' for what may take time.`,
      )
  const scope = Object.keys(scopes).find((one) => !/^[a-z][a-z0-9-]{0,29}$/.test(one))
  if (scope !== undefined)
    throw new TypeError(`The name of a scope has lower-case letters, digits and hyphens; '${scope}' has not.`)
  for (const resource of declared.resources ?? []) requireResource(resource)
  requireFunctions('migrations', declared.migrations ?? {})
  const made: unknown = { ...declared, [mark]: true }
  if (!isExtension(made)) throw new TypeError('It is not an extension.')
  return made
}

function requireFunctions(part: string, given: object): void {
  for (const [name, one] of Object.entries(given))
    if (typeof one !== 'function') throw new TypeError(`${part}['${name}'] must be a function.`)
}

export function isExtension(value: unknown): value is Extension {
  return typeof value === 'object' && value !== null && (value as Partial<Extension>)[mark] === true
}

/** An extension that was loaded. */
export interface Loaded extends Extension {
  /** Its module, for messages. */
  file: string
  values: Values
}
