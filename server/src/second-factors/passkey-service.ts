import type { Actor, PersonPrincipal } from '../access/caller.ts'
import { passkeyLifetimeMs } from '../access/session-cookie.ts'
import { AppError, invalidRequest, notFound } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { type Bound, newChallenge, useUpChallenge } from './passkey-challenge.ts'
import { checkNewPasskey } from './passkey-check.ts'
import { type Passkey, type PasskeyOptions, passkeysMax } from './passkey-schema.ts'
import { passkeySite } from './passkey-site.ts'
import * as store from './passkey-store.ts'

const boundTo = ({ sessionId }: PersonPrincipal): Bound => `register ${sessionId}`

/** What the browser needs to make a passkey: one that it finds without a name, and that verifies its owner. */
export async function newPasskeyOptions(context: Context, person: PersonPrincipal): Promise<PasskeyOptions> {
  const { database, config, vault } = context
  const { rpId } = passkeySite(config)
  const mine = await store.listPasskeys(database.read, person.id)
  if (mine.length >= passkeysMax) throw tooMany()
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  const options = await generateRegistrationOptions({
    rpName: config.siteName,
    rpID: rpId,
    // Says nothing of the person to whoever reads the device.
    userID: Uint8Array.from(Buffer.from(vault.fingerprint(`passkey user ${person.id}`), 'hex')),
    userName: person.username,
    userDisplayName: person.username,
    challenge: newChallenge(context, boundTo(person)),
    timeout: passkeyLifetimeMs,
    excludeCredentials: mine.map(({ credential_id }) => ({ id: credential_id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
  return { options: { ...options }, expires_at: endOf(context) }
}

/** What the browser needs to ask for any passkey of this server. @param token of the browser */
export async function passkeyOptions(context: Context, token: string): Promise<PasskeyOptions> {
  const { rpId } = passkeySite(context.config)
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  const options = await generateAuthenticationOptions({
    rpID: rpId,
    challenge: newChallenge(context, `use ${token}`),
    timeout: passkeyLifetimeMs,
    userVerification: 'required',
  })
  return { options: { ...options }, expires_at: endOf(context) }
}

/** @throws AppError */
export async function addPasskey(
  context: Context,
  actor: Actor,
  person: PersonPrincipal,
  { name, response }: { name: string; response: Record<string, unknown> },
): Promise<Change<Passkey>> {
  const checked = await checkNewPasskey(context, boundTo(person), response)
  if ('reason' in checked) throw invalidRequest(checked.reason)
  const { id, publicKey, counter, challenge } = checked
  return async (trx) => {
    const nowMs = context.clock.now()
    const now = toTimestamp(nowMs)
    if (!(await useUpChallenge(trx.db, challenge, nowMs)))
      throw new AppError('conflict', 'This response was used already; begin again.')
    if ((await store.listPasskeys(trx.db, person.id)).length >= passkeysMax) throw tooMany()
    const row = await store.insertPasskey(trx.db, {
      user_id: person.id,
      credential_id: id,
      public_key: publicKey,
      counter,
      name,
      created_at: now,
      last_used_at: null,
    })
    if (!row) throw new AppError('conflict', 'This passkey is registered already.')
    const passkey = toPasskey(row)
    await recordAudit(trx, actor, now, {
      action: 'user.add_passkey',
      targetId: person.id,
      before: null,
      after: passkey,
    })
    return passkey
  }
}

/** @throws AppError resource_not_found */
export async function renamePasskey(
  { database, clock }: Context,
  actor: Actor,
  id: number,
  name: string,
): Promise<Passkey> {
  return database.write(async (trx) => {
    const row = (await store.listPasskeys(trx.db, actor.userId)).find((one) => one.id === id)
    if (!row) throw notFound('passkey', id)
    if (row.name === name) return toPasskey(row)
    await store.changePasskey(trx.db, id, { name })
    await recordAudit(trx, actor, toTimestamp(clock.now()), {
      action: 'user.rename_passkey',
      targetId: actor.userId,
      before: { id, name: row.name },
      after: { id, name },
    })
    return toPasskey({ ...row, name })
  })
}

export function toPasskey({ id, name, created_at, last_used_at }: store.PasskeyRow): Passkey {
  return { id, name, created_at, last_used_at }
}

function endOf({ clock }: Context): string {
  return toTimestamp(clock.now() + passkeyLifetimeMs)
}

function tooMany(): AppError {
  return new AppError('conflict', `You have ${passkeysMax} passkeys, which is the most: remove one first.`)
}
