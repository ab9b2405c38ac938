import { unlimitedActor } from '../access/caller.ts'
import { stepLifetimeMs } from '../access/session-cookie.ts'
import { generateToken, hashToken } from '../access/session-token.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { checkCode } from '../second-factors/check-code.ts'
import type { TotpSecret } from '../second-factors/schema.ts'
import {
  activateTotp,
  hasSecondFactor,
  isRequiredFor,
  methodsOf,
  setUpTotp,
} from '../second-factors/service.ts'
import { type Account, findAccount, holdAccount } from '../users/accounts.ts'
import { openSession } from './open-session.ts'
import { recordWrongCode, refused } from './refused-sign-in.ts'
import type { SignInStep } from './schema.ts'
import type { Arrival, Arrived, SignedIn, Waiting } from './sign-in.ts'
import * as store from './step-store.ts'

/** Wrong codes that a sign-in may have before the password has to be given again. */
const triesMax = 5

/** Somebody has proved the password, or a link that is as good: a session, or the step that is still missing. */
export async function arrive(
  context: Context,
  trx: Transaction,
  account: Account,
  from: Arrival,
): Promise<Arrived> {
  const step = await stepFor(context, trx, account)
  if (step === undefined) return openSession(context, trx, account, from)
  const nowMs = context.clock.now()
  const token = generateToken()
  const row = {
    token_hash: hashToken(token),
    user_id: account.id,
    step,
    expires_at: toTimestamp(nowMs + stepLifetimeMs),
  }
  await store.insertSignIn(trx.db, row, toTimestamp(nowMs))
  return { waitingToken: token, step }
}

async function stepFor(
  { config }: Context,
  trx: Transaction,
  { id, role }: Account,
): Promise<Waiting['step'] | undefined> {
  if (await hasSecondFactor(trx.db, id)) return 'verify'
  return isRequiredFor(config, role) ? 'set_up' : undefined
}

/** What is missing in this browser, if a sign-in is under way there. */
export async function currentStep(
  { database, clock }: Context,
  token: string | undefined,
): Promise<SignInStep> {
  const row = token && (await store.findSignIn(database.read, hashToken(token), toTimestamp(clock.now())))
  const account = row && (await findAccount(database.read, row.user_id))
  if (!row || !account) return { step: null, methods: [], username: null, expires_at: null }
  const methods = row.step === 'verify' ? await methodsOf(database.read, account.id) : []
  return { step: row.step, methods, username: account.username, expires_at: row.expires_at }
}

/** @throws AppError authentication_failed */
export async function verifyStep(
  context: Context,
  token: string | undefined,
  code: string,
  from: Arrival,
): Promise<SignedIn> {
  const { database } = context
  // A wrong code is counted: the transaction is committed, and the refusal comes after it.
  const outcome = await database.write(async (trx) => {
    const { row, account } = await holdStep(context, trx, token, 'verify')
    const actor = actorFor(account, from)
    const checked = await checkCode(context, trx, actor, account.id, code)
    if (checked.isRight) return finish(context, trx, row, account, from)
    if (row.tries + 1 >= triesMax) await store.deleteSignIn(trx.db, row.token_hash)
    else await store.countTry(trx.db, row)
    return { actor, account, reason: checked.reason, isLast: row.tries + 1 >= triesMax }
  })
  if ('token' in outcome) return outcome
  const { actor, account, reason, isLast } = outcome
  recordWrongCode(context, actor, account.id, reason)
  throw refused(isLast ? `${reason} That was the last try: sign in again with your password.` : reason)
}

/** A key for the app of somebody whose role needs one. @throws AppError */
export async function setUpStep(context: Context, token: string | undefined): Promise<TotpSecret> {
  const { account } = await context.database.write((trx) => holdStep(context, trx, token, 'set_up'))
  return setUpTotp(context, account)
}

/** The first code of the app ends the sign-in. @throws AppError */
export async function activateStep(
  context: Context,
  token: string | undefined,
  code: string,
  from: Arrival,
): Promise<SignedIn> {
  return context.database.write(async (trx) => {
    const { row, account } = await holdStep(context, trx, token, 'set_up')
    await activateTotp(context, trx, actorFor(account, from), account.id, code)
    return finish(context, trx, row, account, from)
  })
}

/** Where somebody gives up, or signs in as somebody else. */
export async function endStep({ database }: Context, token: string | undefined): Promise<void> {
  if (token !== undefined) await database.write((trx) => store.deleteSignIn(trx.db, hashToken(token)))
}

async function holdStep(
  { clock }: Context,
  trx: Transaction,
  token: string | undefined,
  step: Waiting['step'],
): Promise<{ row: store.SignInRow; account: Account }> {
  const now = toTimestamp(clock.now())
  const hash = token === undefined ? '' : hashToken(token)
  const found = await store.findSignIn(trx.db, hash, now)
  const before = found && (await findAccount(trx.db, found.user_id))
  // The user first, as every change of a user does, so that no two wait for each other.
  const account = before && (await holdAccount(trx, before))
  const row = await store.findSignIn(trx.db, hash, now, { forUpdate: true })
  if (!row || !account || account.status !== 'active')
    throw refused('No sign-in is under way in this browser, or it took too long: sign in with your password.')
  if (row.step !== step)
    throw new AppError(
      'conflict',
      step === 'verify'
        ? 'There is no second factor yet: set one up with POST /api/v1/session/step/totp.'
        : 'There is a second factor already: send a code to POST /api/v1/session/step/verify.',
    )
  // Who knows the password alone must not replace what was set up meanwhile.
  if (step === 'set_up' && (await hasSecondFactor(trx.db, account.id)))
    throw refused('A second factor was set up meanwhile: sign in with your password and a code of it.')
  return { row, account }
}

async function finish(
  context: Context,
  trx: Transaction,
  row: store.SignInRow,
  account: Account,
  from: Arrival,
): Promise<SignedIn> {
  await store.deleteSignIn(trx.db, row.token_hash)
  return openSession(context, trx, account, from)
}

function actorFor({ id, username }: Account, { ip, requestId }: Arrival) {
  return unlimitedActor({ type: 'user', id, name: username, ip, requestId }, id)
}
