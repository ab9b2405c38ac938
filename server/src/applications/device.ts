import { randomInt } from 'node:crypto'
import { actorOf, type PersonPrincipal } from '../access/caller.ts'
import { randomBase62 } from '../access/secret.ts'
import { generateToken, hashToken } from '../access/session-token.ts'
import { AppError } from '../api/errors.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { fromTimestamp, minuteMs, secondMs, toTimestamp } from '../lib/timestamps.ts'
import type { DeviceAuthorization } from '../oauth/application-grants.ts'
import type { Form } from '../oauth/client-authentication.ts'
import { remember, requireAllowed } from './authorize.ts'
import * as devices from './device-store.ts'
import { type AskedScope, askable, scopesOf } from './request.ts'
import { wordsOf } from './service.ts'
import * as signIns from './sign-in-store.ts'
import { type ApplicationRow, findApplication } from './store.ts'

const lifetimeMs = 10 * minuteMs
const intervalSeconds = 5
/** The clock of a device and the way to here are not exact. */
const earlyMs = secondMs
/** Enough for an organisation that signs in at once, and a bound for somebody who only begins. */
const waitingMax = 10_000
/** Without vowels, so that no word comes of it, and without what looks alike (RFC 8628 §6.1). */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const codeLength = 8

/**
 * A device asks for a code that its person types into a browser elsewhere (RFC 8628 §3.1). Only native programs do: a page
 * and a server have an address that people can be sent back to.
 * @throws OAuthError unauthorized_client, invalid_scope
 */
export async function beginDevice(
  { database, clock, config }: Context,
  application: ApplicationRow,
  form: Form,
): Promise<DeviceAuthorization> {
  if (application.kind !== 'native') {
    throw new OAuthError(
      'unauthorized_client',
      `Only applications of the kind 'native' sign in by a device code; this one is a '${application.kind}'.`,
    )
  }
  const scopes = scopesOf(application, form.get('scope'))
  const deviceCode = generateToken()
  const userCode = Array.from({ length: codeLength }, () => letters[randomInt(letters.length)]).join('')
  const nowMs = clock.now()
  await database.write(async ({ db }) => {
    if ((await devices.countRequests(db, application.id)) >= waitingMax)
      throw new AppError('service_unavailable', 'Too many devices wait to be allowed. Try again in a minute.')
    await devices.insertRequest(db, {
      application_id: application.id,
      device_code_hash: hashToken(deviceCode),
      user_code: userCode,
      scopes: scopes.join(' '),
      user_id: null,
      signed_in_at: null,
      denied: 0,
      interval_seconds: intervalSeconds,
      polled_at: null,
      created_at: toTimestamp(nowMs),
      expires_at: toTimestamp(nowMs + lifetimeMs),
    })
  })
  const page = `${config.publicUrl}/device`
  return {
    device_code: deviceCode,
    user_code: shownCode(userCode),
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${shownCode(userCode)}`,
    expires_in: lifetimeMs / secondMs,
    interval: intervalSeconds,
  }
}

/** In two halves, which is easier to read and to type. */
export function shownCode(userCode: string): string {
  return `${userCode.slice(0, codeLength / 2)}-${userCode.slice(codeLength / 2)}`
}

/** What a person typed, however they wrote it. */
export function typedCode(text: string): string {
  return text
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '')
    .slice(0, codeLength + 1)
}

export interface AskingDevice {
  application: ApplicationRow
  userCode: string
  scopes: readonly AskedScope[]
}

/** The device that shows the code, while it waits. */
export async function deviceBy(
  { database: { read }, clock }: Context,
  userCode: string,
): Promise<AskingDevice | undefined> {
  const row = await devices.findWaiting(read, userCode, toTimestamp(clock.now()))
  return row && asking(read, row)
}

async function asking(db: Db, row: devices.DeviceRequestRow): Promise<AskingDevice | undefined> {
  const application = await findApplication(db, row.application_id)
  const named = wordsOf(row.scopes)
  const scopes = askable.filter((scope) => named.includes(scope))
  return application && { application, userCode: row.user_code, scopes }
}

/**
 * A person decides. What they allow is remembered and shown to them; even so, every device is asked for, because anybody can
 * send somebody a code.
 * @returns whether the device still waited
 * @throws AuthorizationError access_denied
 */
export function decideDevice(
  { database, clock }: Context,
  userCode: string,
  person: PersonPrincipal,
  { allows, ip, requestId }: { allows: boolean; ip: string; requestId: string },
): Promise<boolean> {
  return database.write(async (trx) => {
    const now = toTimestamp(clock.now())
    const row = await devices.holdRequest(trx.db, 'user_code', userCode)
    if (!row || row.user_id !== null || row.denied === 1 || row.expires_at <= now) return false
    const device = await asking(trx.db, row)
    if (!device) return false
    if (!allows) {
      await devices.updateRequest(trx.db, row.id, { denied: 1 })
      return true
    }
    const { application, scopes } = device
    requireAllowed(device, person)
    const signedInAt = await signIns.confirmedAt(trx.db, person.sessionId)
    await devices.updateRequest(trx.db, row.id, { user_id: person.id, signed_in_at: signedInAt })
    await remember(trx.db, { applicationId: application.id, userId: person.id, now }, scopes)
    await recordAudit(trx, actorOf(person, ip, requestId), now, {
      action: 'application.sign_in',
      targetId: application.id,
      before: null,
      after: { scopes, device: true },
    })
    return true
  })
}

/**
 * The device asks whether its person has decided (RFC 8628 §3.4). Its request ends with the answer.
 * @returns the sign-in, or what the device hears instead
 */
export async function redeemDevice(
  trx: Transaction,
  application: ApplicationRow,
  deviceCode: string,
  nowMs: number,
): Promise<signIns.SignInRow | OAuthError> {
  const row = await devices.holdRequest(trx.db, 'device_code_hash', hashToken(deviceCode))
  const now = toTimestamp(nowMs)
  if (!row || row.application_id !== application.id)
    return new OAuthError('invalid_grant', 'The device code is not known, or was used before.')
  if (row.expires_at <= now)
    return new OAuthError('expired_token', 'The device code has expired; ask for another one.')
  if (row.denied === 1) {
    await devices.deleteRequest(trx.db, row.id)
    return new OAuthError('access_denied', 'The person did not allow it.')
  }
  if (row.user_id === null || row.signed_in_at === null) return wait(trx.db, row, nowMs)
  await devices.deleteRequest(trx.db, row.id)
  return signIns.insertSignIn(trx.db, {
    application_id: application.id,
    user_id: row.user_id,
    sid: randomBase62(22),
    scopes: row.scopes,
    code_hash: null,
    code_challenge: null,
    redirect_uri: null,
    nonce: null,
    signed_in_at: row.signed_in_at,
    created_at: now,
    redeemed_at: now,
    refresh_handle: null,
    refresh_hash: null,
    refresh_spent: null,
    last_used_at: now,
    expires_at: now,
  })
}

/** A device that asks too often has to wait longer each time. */
async function wait(db: Db, row: devices.DeviceRequestRow, nowMs: number): Promise<OAuthError> {
  const polled_at = toTimestamp(nowMs)
  const isEarly =
    row.polled_at !== null && nowMs - fromTimestamp(row.polled_at) < row.interval_seconds * secondMs - earlyMs
  const interval_seconds = row.interval_seconds + (isEarly ? intervalSeconds : 0)
  await devices.updateRequest(db, row.id, { polled_at, interval_seconds })
  return isEarly
    ? new OAuthError('slow_down', `Ask again every ${interval_seconds} seconds.`)
    : new OAuthError('authorization_pending', 'The person has not decided yet.')
}
