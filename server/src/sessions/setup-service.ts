import { anonymousActor, unlimitedActor } from '../access/caller.ts'
import { replaceLink, subjectOfLink, takeLink } from '../access/one-time-links.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { hourMs } from '../lib/timestamps.ts'
import { findAccount, hasAdministrator } from '../users/accounts.ts'
import { createUser } from '../users/service.ts'
import type { Setup } from './setup-schema.ts'
import type { Arrival, Arrived } from './sign-in.ts'
import { arrive } from './step-service.ts'

const linkLifetimeMs = 24 * hourMs

/** A link for creating the first administrator, once; undefined when there is an administrator. */
export async function newSetupLink({ database, clock, config }: Context): Promise<string | undefined> {
  if (await hasAdministrator(database.read)) return undefined
  const link = { nowMs: clock.now(), lifetimeMs: linkLifetimeMs }
  const token = await database.write((trx) => replaceLink(trx.db, 'setup', link))
  return `${config.publicUrl}/setup#token=${token}`
}

export async function isSetupNeeded({ database }: Context): Promise<boolean> {
  return !(await hasAdministrator(database.read))
}

/** Creates the first administrator and signs them in. @throws AppError */
export async function setUp(context: Context, { token, ...input }: Setup, from: Arrival): Promise<Arrived> {
  const { database } = context
  await requireGoodLink(context, token, from)
  const { ip, requestId } = from
  // Reading the server's terminal takes an operator.
  const actor = unlimitedActor({ type: 'operator', name: 'setup link', ip, requestId }, 0)
  const making = await createUser(context, actor, { ...input, role: 'admin' })
  return database.write(async (trx) => {
    if (!(await takeLink(trx.db, token))) throw isDone()
    if (await hasAdministrator(trx.db)) throw isDone()
    const { resource } = await making(trx)
    const account = await findAccount(trx.db, resource.id)
    if (!account) throw new Error('The new administrator is missing.')
    return arrive(context, trx, account, from)
  })
}

/** Runs before the password is hashed: a guessed token costs nothing but its own hash. */
async function requireGoodLink(
  { database, clock, audit }: Context,
  token: string,
  { ip, requestId }: Arrival,
): Promise<void> {
  if (await hasAdministrator(database.read)) throw isDone()
  if ((await subjectOfLink(database.read, token, clock.now())) === 'setup') return
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
