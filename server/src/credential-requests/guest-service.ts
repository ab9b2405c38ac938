import { type Actor, anonymousActor } from '../access/caller.ts'
import { grantOfRole } from '../access/grant.ts'
import { generateToken, hashToken } from '../access/session-token.ts'
import type { Tagged } from '../api/conditional.ts'
import { AppError } from '../api/errors.ts'
import { openGuestRequestsMax, openGuestRequestsPerAddressMax } from '../api/limits.ts'
import type { Context } from '../context.ts'
import type { CredentialWithSecret } from '../credentials/service.ts'
import type { Change } from '../db/database.ts'
import { addressBlock } from '../lib/ip-addresses.ts'
import { changing } from '../resource/record.ts'
import type { CredentialRequest, GuestRequestCreate } from './schema.ts'
import { askedColumns, collect, record, stamp, toRequest } from './service.ts'
import * as store from './store.ts'

/** Somebody without an account: known by an address, and by the token of a request. */
export function guest(ip: string, requestId: string): Actor {
  return { ...anonymousActor(ip, requestId), ...grantOfRole('normal'), scopes: new Set(), userId: 0 }
}

export function createGuestRequest(
  context: Context,
  actor: Actor,
  input: GuestRequestCreate,
): Change<CredentialRequest & { token: string }> {
  requireAllowed(context)
  const columns = askedColumns(context, input)
  const block = addressBlock(actor.ip ?? '')
  const token = generateToken()
  const change = record.create(context, actor, async ({ trx, now }) => {
    const open = await store.countOpenOfGuests(trx.db, block, now)
    if (open.ofBlock >= openGuestRequestsPerAddressMax) throw tooMany('from your address')
    if (open.all >= openGuestRequestsMax) throw tooMany('of guests')
    return store.insertRequest(trx.db, {
      ...columns,
      ...stamp(now),
      contact: input.contact.trim(),
      token_hash: hashToken(token),
      address_block: block,
    })
  })
  return async (trx) => ({ ...(await change(trx)).resource, token })
}

/** The request of the token. Reading goes on where guests may not make new ones any more. */
export async function readGuestRequest(
  { database, clock }: Context,
  token: string,
): Promise<CredentialRequest> {
  const id = await store.findIdByToken(database.read, hashToken(token))
  const row = id === undefined ? undefined : await store.findRequest(database.read, id)
  if (!row) throw unknownLink()
  return toRequest(row, clock.now())
}

export function collectGuestRequest(
  context: Context,
  actor: Actor,
  token: string,
): Change<Tagged<CredentialWithSecret>> {
  return changing(context, actor, async (doing) => {
    const { db } = doing.trx
    const id = await store.findIdByToken(db, hashToken(token))
    const row = id === undefined ? undefined : await store.findRequest(db, id, { forUpdate: true })
    if (!row) throw unknownLink()
    return collect(doing, row)
  })
}

function requireAllowed({ config }: Context): void {
  if (config.keyRequestsByGuests) return
  throw new AppError(
    'permission_denied',
    'Guests cannot request a credential here. Sign in to request one, or contact an administrator.',
  )
}

function tooMany(whose: string): AppError {
  return new AppError(
    'conflict',
    `There are too many open requests ${whose}; try again when some of them were decided.`,
  )
}

function unknownLink(): AppError {
  return new AppError(
    'resource_not_found',
    'There is no request for this link; requests are removed 90 days after their end.',
  )
}
