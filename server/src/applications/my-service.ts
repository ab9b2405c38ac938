import type { Principal } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { claimsOf } from './identity.ts'
import type { AuthorizedApplication } from './schema.ts'
import { wordsOf } from './service.ts'
import * as store from './sign-in-store.ts'

export async function applicationsOf(
  { database: { read } }: Context,
  userId: number,
  request: ListRequest,
): Promise<Listing<AuthorizedApplication>> {
  const [rows, total] = await Promise.all([
    store.listConsents(read, userId, request.slice),
    store.countConsents(read, userId),
  ])
  const ids = rows.map((row) => row.application_id)
  const uses = await store.usesOf(read, ids, userId)
  return listing(request, rows, total, (row) => ({
    id: row.application_id,
    name: uses.get(row.application_id)?.name ?? '',
    scopes: wordsOf(row.scopes) as AuthorizedApplication['scopes'],
    created_at: row.created_at,
    last_used_at: uses.get(row.application_id)?.last_used_at ?? null,
  }))
}

/**
 * Who the caller is, as far as the caller may know: the person, or a credential, which stands for itself. A person asks
 * by the session of the console, too.
 * @throws AppError permission_denied to an application that may not know who its person is
 */
export async function claimsFor({ database }: Context, principal: Principal) {
  if (principal.kind === 'credential') return { sub: principal.clientId }
  const known = principal.kind === 'person' ? ['openid', 'profile', 'email'] : principal.known
  if (!known.includes('openid')) throw missingOpenId()
  const { id } = principal
  const person = await store.findPerson(database.read, id)
  if (!person) throw new AppError('authentication_failed', 'The account is not active any more.')
  const sub =
    (await store.readSubject(database.read, id)) ??
    (await database.write(({ db }) => store.subjectOf(db, id)))
  return { sub, ...claimsOf(person, known) }
}

function missingOpenId(): AppError {
  return new AppError(
    'permission_denied',
    "This call needs the scope 'openid', which the application was not given.",
    {
      message: 'Insufficient permissions',
      headers: { 'www-authenticate': 'Bearer realm="comserv", error="insufficient_scope", scope="openid"' },
    },
  )
}
