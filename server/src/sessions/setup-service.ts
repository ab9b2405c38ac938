import { anonymousActor, unlimitedActor } from '../access/caller.ts'
import { generateToken, hashToken, isSame } from '../access/session-token.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { fromTimestamp, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { findAccount, hasAdministrator } from '../users/accounts.ts'
import { createUser } from '../users/service.ts'
import { openSession } from './service.ts'
import type { Setup } from './setup-schema.ts'
import * as store from './setup-store.ts'
import type { Arrival, SignedIn } from './sign-in.ts'

const linkLifetimeMs = 24 * hourMs

/**
 * A link for creating the first administrator, once; undefined when there is an administrator.
 * The token follows the `#`: browsers never send that part to a server, so no log holds it.
 */
export async function newSetupLink({ database, clock, config }: Context): Promise<string | undefined> {
  if (await hasAdministrator(database.read)) return undefined
  const token = generateToken()
  await database.write((trx) =>
    store.replaceLink(trx.db, {
      token_hash: hashToken(token),
      expires_at: toTimestamp(clock.now() + linkLifetimeMs),
    }),
  )
  return `${config.publicUrl}/setup#token=${token}`
}

export async function isSetupNeeded({ database }: Context): Promise<boolean> {
  return !(await hasAdministrator(database.read))
}

/** Creates the first administrator and signs them in. @throws AppError */
export async function setUp(context: Context, { token, ...input }: Setup, from: Arrival): Promise<SignedIn> {
  const { database } = context
  await requireGoodLink(context, token, from)
  const { ip, requestId } = from
  // Reading the server's terminal takes an operator.
  const actor = unlimitedActor({ type: 'operator', name: 'setup link', ip, requestId }, 0)
  const making = await createUser(context, actor, { ...input, role: 'admin' })
  return database.write(async (trx) => {
    if (!(await store.takeLink(trx.db, hashToken(token)))) throw isDone()
    if (await hasAdministrator(trx.db)) throw isDone()
    const { resource } = await making(trx)
    const account = await findAccount(trx.db, resource.id)
    if (!account) throw new Error('The new administrator is missing.')
    return openSession(context, trx, account, from)
  })
}

/** Runs before the password is hashed: a guessed token costs nothing but its own hash. */
async function requireGoodLink(
  { database, clock, audit }: Context,
  token: string,
  { ip, requestId }: Arrival,
): Promise<void> {
  if (await hasAdministrator(database.read)) throw isDone()
  const link = await store.findLink(database.read)
  const isGood =
    link && isSame(link.token_hash, hashToken(token)) && fromTimestamp(link.expires_at) > clock.now()
  if (isGood) return
  audit.recordOutside(anonymousActor(ip, requestId), { action: 'setup.refuse', per: '' })
  throw new AppError(
    'authentication_failed',
    'The setup link is not valid: each start of the server prints a new one, which works for 24 hours.',
    {
      message: 'The credentials are not valid',
      headers: { 'www-authenticate': 'Bearer realm="comserv"' },
    },
  )
}

function isDone(): AppError {
  return new AppError('conflict', 'The first administrator already exists; sign in instead.')
}
