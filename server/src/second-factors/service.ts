import type { Actor } from '../access/caller.ts'
import { AppError, invalidRequest, notFound } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Config } from '../config/decide.ts'
import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { fromTimestamp, minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { type Account, accountNamed, findAccount, holdAccount } from '../users/accounts.ts'
import { secretContext } from './check-code.ts'
import { hasPasskey } from './passkey-check.ts'
import type { Passkey } from './passkey-schema.ts'
import { toPasskey } from './passkey-service.ts'
import { deletePasskey, deletePasskeysOf, listPasskeys } from './passkey-store.ts'
import { hashOfCode, newRecoveryCodes, plainCode } from './recovery-codes.ts'
import {
  type RecoveryCodes,
  type SecondFactors,
  type SignInMethod,
  signInMethods,
  type TotpSecret,
} from './schema.ts'
import * as store from './store.ts'
import { newSecret, stepOf, uriOf } from './totp.ts'

const setUpForMs = 15 * minuteMs

/** Whether people with the role need a second factor to sign in. */
export function isRequiredFor({ secondFactorRoles }: Config, role: string): boolean {
  return secondFactorRoles.includes('all') || secondFactorRoles.includes(role)
}

export async function hasSecondFactor(db: Db, userId: number): Promise<boolean> {
  return (await hasTotp(db, userId)) || (await hasPasskey(db, userId))
}

async function hasTotp(db: Db, userId: number): Promise<boolean> {
  return Boolean((await store.findTotp(db, userId))?.secret)
}

/** What the second step of a sign-in may be. */
export async function methodsOf(db: Db, userId: number): Promise<SignInMethod[]> {
  const [app, passkey, codes] = await Promise.all([
    hasTotp(db, userId),
    hasPasskey(db, userId),
    store.countCodes(db, userId),
  ])
  const has = { totp: app, passkey, recovery_code: codes > 0 }
  return signInMethods.filter((method) => has[method])
}

/** @throws AppError resource_not_found */
export async function secondFactorsOf({ database, config }: Context, userId: number): Promise<SecondFactors> {
  const [account, totp, left, passkeys] = await Promise.all([
    findAccount(database.read, userId),
    store.findTotp(database.read, userId),
    store.countCodes(database.read, userId),
    listPasskeys(database.read, userId),
  ])
  if (!account) throw notFound('user', userId)
  return {
    totp: totp?.activated_at ? { created_at: totp.activated_at } : null,
    passkeys: passkeys.map(toPasskey),
    recovery_codes_left: left,
    required: isRequiredFor(config, account.role),
  }
}

/** A new secret for the app. The one in use works until a code of the new one confirms it. */
export async function setUpTotp(context: Context, { id, username }: Account): Promise<TotpSecret> {
  const { database, vault, clock, config } = context
  const secret = await newSecret()
  const until = toTimestamp(clock.now() + setUpForMs)
  const sealed = vault.seal(secret, secretContext(id))
  await database.write(({ db }) => store.putNewSecret(db, id, { new_secret: sealed, new_until: until }))
  return { secret, uri: await uriOf(secret, config.siteName, username), expires_at: until }
}

/** A first code shows that the app has the secret. @throws AppError */
export async function activateTotp(
  { vault, clock }: Context,
  trx: Transaction,
  actor: Actor,
  userId: number,
  code: string,
): Promise<void> {
  const nowMs = clock.now()
  const totp = await store.findTotp(trx.db, userId, { forUpdate: true })
  if (!totp?.new_secret || fromTimestamp(totp.new_until ?? '') <= nowMs)
    throw new AppError('conflict', 'There is no new key to confirm, or it has expired: begin again.')
  const step = await stepOf(vault.open(totp.new_secret, secretContext(userId)), plainCode(code), nowMs)
  if (step === undefined)
    throw invalidRequest(
      "The 'code' field is not what the app shows for this key. The clock of your phone may be off.",
    )
  const now = toTimestamp(nowMs)
  await store.changeTotp(trx.db, userId, {
    secret: totp.new_secret,
    activated_at: now,
    last_step: step,
    failures: 0,
    failed_at: null,
    new_secret: null,
    new_until: null,
  })
  await recordAudit(trx, actor, now, {
    action: 'user.activate_totp',
    targetId: userId,
    before: totp.activated_at === null ? null : { created_at: totp.activated_at },
    after: { created_at: now },
  })
}

/** In place of all former ones. @throws AppError conflict */
export async function makeRecoveryCodes(
  { vault, clock, database }: Context,
  actor: Actor,
  userId: number,
): Promise<RecoveryCodes> {
  const now = toTimestamp(clock.now())
  const codes = newRecoveryCodes()
  const hashes = codes.map((code) => hashOfCode(vault, userId, code))
  await database.write(async (trx) => {
    if (!(await hasSecondFactor(trx.db, userId)))
      throw new AppError(
        'conflict',
        'Recovery codes stand in for a second factor: set up an authenticator app or a passkey first.',
      )
    await store.replaceCodes(trx.db, userId, hashes, now)
    await recordAudit(trx, actor, now, {
      action: 'user.make_recovery_codes',
      targetId: userId,
      before: null,
      after: { recovery_codes_left: codes.length },
    })
  })
  return { codes }
}

/** A person removes the own app, and with the last factor the recovery codes. @throws AppError conflict where the role needs one */
export async function removeOwnTotp(context: Context, actor: Actor): Promise<void> {
  await context.database.write(async (trx) => {
    const account = await holdOwn(trx, actor.userId)
    requireAnother(context, account, await hasPasskey(trx.db, actor.userId))
    const totp = await store.findTotp(trx.db, actor.userId, { forUpdate: true })
    if (!totp) return
    await store.deleteTotp(trx.db, actor.userId)
    await dropUselessCodes(trx, actor.userId)
    if (totp.activated_at) await recordRemoval(context, trx, actor, actor.userId, totp.activated_at, [])
  })
}

/** @throws AppError resource_not_found; conflict where the role needs one */
export async function removeOwnPasskey(context: Context, actor: Actor, id: number): Promise<void> {
  await context.database.write(async (trx) => {
    const account = await holdOwn(trx, actor.userId)
    const mine = await listPasskeys(trx.db, actor.userId)
    const passkey = mine.find((one) => one.id === id)
    if (!passkey) throw notFound('passkey', id)
    const others = mine.length > 1 || (await hasTotp(trx.db, actor.userId))
    requireAnother(context, account, others)
    await deletePasskey(trx.db, id)
    await dropUselessCodes(trx, actor.userId)
    await recordAudit(trx, actor, toTimestamp(context.clock.now()), {
      action: 'user.remove_passkey',
      targetId: actor.userId,
      before: toPasskey(passkey),
      after: null,
    })
  })
}

/** Locks the user, so that of two requests that each leave the other factor, one is refused. */
async function holdOwn(trx: Transaction, userId: number): Promise<Account | undefined> {
  const account = await findAccount(trx.db, userId)
  if (account) await holdAccount(trx, account)
  return account
}

function requireAnother({ config }: Context, account: Account | undefined, hasAnother: boolean): void {
  if (!account || hasAnother || !isRequiredFor(config, account.role)) return
  throw new AppError(
    'conflict',
    `Your role, ${account.role}, needs a second factor. Set up another one first; to use another phone, set the app up again.`,
  )
}

async function dropUselessCodes(trx: Transaction, userId: number): Promise<void> {
  if (!(await hasSecondFactor(trx.db, userId))) await store.replaceCodes(trx.db, userId, [], '')
}

/** For somebody who has lost the phone and the codes. @throws AppError resource_not_found */
export async function removeFactorsOf(context: Context, actor: Actor, userId: number): Promise<void> {
  await context.database.write(async (trx) => {
    if (!(await findAccount(trx.db, userId))) throw notFound('user', userId)
    await removeFactors(context, trx, actor, userId)
  })
}

/** The way out on the machine of the server. @returns the username @throws AppError resource_not_found */
export async function removeFactorsNamed(context: Context, actor: Actor, name: string): Promise<string> {
  return context.database.write(async (trx) => {
    const account = await accountNamed(trx.db, name)
    if (!account) throw new AppError('resource_not_found', `There is no user '${name}'.`)
    await removeFactors(context, trx, actor, account.id)
    return account.username
  })
}

async function removeFactors(context: Context, trx: Transaction, actor: Actor, userId: number) {
  const totp = await store.findTotp(trx.db, userId, { forUpdate: true })
  const passkeys = await listPasskeys(trx.db, userId)
  await store.deleteTotp(trx.db, userId)
  await deletePasskeysOf(trx.db, userId)
  await store.replaceCodes(trx.db, userId, [], '')
  const since = totp?.activated_at ?? null
  if (since !== null || passkeys.length > 0)
    await recordRemoval(context, trx, actor, userId, since, passkeys.map(toPasskey))
}

async function recordRemoval(
  { clock }: Context,
  trx: Transaction,
  actor: Actor,
  userId: number,
  since: string | null,
  passkeys: readonly Passkey[],
): Promise<void> {
  await recordAudit(trx, actor, toTimestamp(clock.now()), {
    action: 'user.remove_second_factors',
    targetId: userId,
    before: { totp: since === null ? null : { created_at: since }, passkeys },
    after: null,
  })
}
