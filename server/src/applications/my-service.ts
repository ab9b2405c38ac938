import type { DelegatePrincipal, Principal } from '../access/caller.ts'
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

/** What the token of an application tells of its person. @throws AppError permission_denied */
export async function claimsFor({ database: { read } }: Context, principal: Principal) {
  const { id, known } = delegateWith(principal)
  const [person, sub] = await Promise.all([store.findPerson(read, id), store.readSubject(read, id)])
  if (!person || sub === undefined) throw new AppError('authentication_failed', 'The person is gone.')
  return { sub, ...claimsOf(person, known) }
}

function delegateWith(principal: Principal): DelegatePrincipal {
  if (principal.kind === 'delegate' && principal.known.includes('openid')) return principal
  throw new AppError(
    'permission_denied',
    "This call needs the access token of an application that a person signed in to with the scope 'openid'.",
    {
      message: 'Insufficient permissions',
      headers: { 'www-authenticate': 'Bearer realm="comserv", error="insufficient_scope", scope="openid"' },
    },
  )
}
