import type { Actor } from '../access/caller.ts'
import { scopeNames } from '../access/scopes.ts'
import { generateSecret, hashSecret, randomBase62 } from '../access/secret.ts'
import { etagOf, type IfMatch, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Change, Db } from '../db/database.ts'
import { settled } from '../lib/merge-patch.ts'
import { changing, recordOf } from '../resource/record.ts'
import { requireRole } from '../roles/service.ts'
import { originProblem, redirectProblem } from './redirect-uris.ts'
import {
  type Application,
  type ApplicationCreate,
  type ApplicationKind,
  type ApplicationUpdate,
  applicationDefaults,
  applicationsMax,
} from './schema.ts'
import * as store from './store.ts'

export interface ApplicationWithSecret extends Application {
  client_secret: string | null
}

export const record = recordOf<store.ApplicationRow, Application>({
  name: 'application',
  find: (db, id, _, options) => store.findApplication(db, id, options),
  update(trx, before, changes, context) {
    trx.afterCommit(() => context.origins.forget())
    return store.updateApplication(trx.db, before.id, changes)
  },
  // Only administrators change applications.
  mayRead: () => true,
  show: toApplication,
  etag: ({ id, version }) => etagOf('application', id, version),
  auditView: toApplication,
})

export async function listApplications(
  { database: { read } }: Context,
  _actor: Actor,
  _filter: object,
  request: ListRequest,
): Promise<Listing<Application>> {
  const [rows, total] = await Promise.all([
    store.listApplications(read, request.slice),
    store.countApplications(read),
  ])
  return listing(request, rows, total, toApplication)
}

/** The secret of a server is in the response, and its hash in the database. */
export function createApplication(
  context: Context,
  actor: Actor,
  input: ApplicationCreate,
): Change<Tagged<ApplicationWithSecret>> {
  const { kind, name } = input
  const secret = kind === 'server' ? generateSecret() : null
  const lists = listsOf(input, kind)
  const { roles, trusted, id_token_alg } = { ...applicationDefaults, ...settled(input, applicationDefaults) }
  const change = record.create(context, actor, async ({ trx, now }) => {
    if ((await store.countApplications(trx.db)) >= applicationsMax)
      throw new AppError(
        'conflict',
        `There are ${applicationsMax} applications already; delete one that is no longer used.`,
      )
    await requireRoles(trx.db, roles)
    trx.afterCommit(() => context.origins.forget())
    return store.insertApplication(trx, {
      client_id: `cs_app_${randomBase62(20)}`,
      name,
      kind,
      redirect_uris: '',
      post_logout_redirect_uris: '',
      origins: '',
      scopes: '',
      ...lists,
      roles: roles?.join(' ') ?? null,
      trusted: Number(trusted),
      id_token_alg,
      secret_hash: secret === null ? null : hashSecret(secret),
      created_at: now,
      updated_at: now,
      version: 1,
    })
  })
  return withSecret(change, secret)
}

export function updateApplication(
  context: Context,
  actor: Actor,
  id: number,
  input: ApplicationUpdate,
  ifMatch?: IfMatch,
): Change<Tagged<Application>> {
  return record.change(context, actor, id, ifMatch, async ({ trx }, row) => {
    const { name, roles, trusted, id_token_alg } = settled(input, applicationDefaults)
    await requireRoles(trx.db, roles ?? null)
    return record.differing(actor, row, {
      ...(name === undefined ? {} : { name }),
      ...listsOf(input, row.kind),
      ...(roles === undefined ? {} : { roles: roles?.join(' ') ?? null }),
      ...(trusted === undefined ? {} : { trusted: Number(trusted) }),
      ...(id_token_alg === undefined ? {} : { id_token_alg }),
    })
  })
}

/** Its tokens end with it. */
export function deleteApplication(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Change<void> {
  return changing(context, actor, async (doing) => {
    const before = await record.requireForChange(doing, id)
    record.requireSeen(doing, before, ifMatch)
    doing.trx.afterCommit(() => context.origins.forget())
    await store.deleteApplication(doing.trx, id)
    await record.tell(doing, 'delete', { before })
  })
}

/** The new secret replaces the old one at once. */
export function rotateSecret(
  context: Context,
  actor: Actor,
  id: number,
): Change<Tagged<ApplicationWithSecret>> {
  const secret = generateSecret()
  const change = changing(context, actor, async (doing) => {
    const row = await record.requireForChange(doing, id)
    if (row.kind !== 'server')
      throw new AppError('conflict', `The application ${id} has no secret: only a server can keep one.`)
    const changes = { secret_hash: hashSecret(secret) }
    return record.tagged(context, await record.write(doing, 'rotate_secret', row, changes))
  })
  return withSecret(change, secret)
}

/** An application by the id that it shows. */
export async function applicationOf(db: Db, clientId: string): Promise<store.ApplicationRow | undefined> {
  return isApplicationId(clientId) ? store.findByClientId(db, clientId) : undefined
}

export function isApplicationId(text: string): boolean {
  return /^cs_app_[0-9A-Za-z]{20}$/.test(text)
}

export function wordsOf(list: string): string[] {
  return list.split(' ').filter((word) => word !== '')
}

function withSecret(
  change: Change<Tagged<Application>>,
  client_secret: string | null,
): Change<Tagged<ApplicationWithSecret>> {
  return async (trx) => {
    const { etag, resource } = await change(trx)
    return { etag, resource: { ...resource, client_secret } }
  }
}

type Lists = Pick<ApplicationUpdate, 'redirect_uris' | 'post_logout_redirect_uris' | 'origins' | 'scopes'>

/** The lists as columns. @throws AppError invalid_request for an address that cannot be used */
function listsOf(input: Lists, kind: ApplicationKind) {
  const { redirect_uris, post_logout_redirect_uris, origins, scopes } = settled(input, applicationDefaults)
  // A native program may sign people in by device codes alone.
  if (redirect_uris?.length === 0 && kind !== 'native')
    throw invalidRequest(
      `The 'redirect_uris' field must have at least one address: this is a ${kind} application.`,
    )
  requireEach('redirect_uris', redirect_uris, (uri) => redirectProblem(uri, kind))
  requireEach('post_logout_redirect_uris', post_logout_redirect_uris, (uri) => redirectProblem(uri, kind))
  requireEach('origins', origins, originProblem)
  const ordered = scopes && scopeNames.filter((name) => scopes.includes(name))
  return {
    ...(redirect_uris ? { redirect_uris: redirect_uris.join(' ') } : {}),
    ...(post_logout_redirect_uris ? { post_logout_redirect_uris: post_logout_redirect_uris.join(' ') } : {}),
    ...(origins ? { origins: origins.join(' ') } : {}),
    ...(ordered ? { scopes: ordered.join(' ') } : {}),
  }
}

function requireEach(
  field: string,
  values: readonly string[] = [],
  problemOf: (value: string) => string | undefined,
): void {
  values.forEach((value, i) => {
    const problem = problemOf(value)
    if (problem !== undefined) throw invalidRequest(`The '${field}.${i}' field is refused: ${problem}.`)
  })
}

async function requireRoles(db: Db, roles: readonly string[] | null): Promise<void> {
  for (const role of roles ?? []) await requireRole(db, role)
}

function toApplication(row: store.ApplicationRow): Application {
  return {
    id: row.id,
    client_id: row.client_id,
    name: row.name,
    kind: row.kind,
    redirect_uris: wordsOf(row.redirect_uris),
    post_logout_redirect_uris: wordsOf(row.post_logout_redirect_uris),
    origins: wordsOf(row.origins),
    scopes: wordsOf(row.scopes) as Application['scopes'],
    roles: row.roles === null ? null : (wordsOf(row.roles) as Application['roles']),
    trusted: row.trusted === 1,
    id_token_alg: row.id_token_alg,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}
