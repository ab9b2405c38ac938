import type {
  AuthenticationResponseJSON,
  RegistrationResponseJSON,
  WebAuthnCredential,
} from '@simplewebauthn/server'
import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { type Bound, challengeProblem, useUpChallenge } from './passkey-challenge.ts'
import { passkeySite } from './passkey-site.ts'
import * as store from './passkey-store.ts'

/** What a browser sent, read as far as to know which challenge it answers. */
interface Given {
  id: string
  challenge: string
}

export type Refused = { reason: string; userId: number | null }
export type NewPasskey = Given & { publicKey: string; counter: number }
export type Proof = Given & { userId: number; counter: number }

const partMax = 20_000

/**
 * Checks that a new passkey was made in a page of this server, for this challenge, and after its owner was verified.
 * Nothing is asked about the maker of the device: certificates are refused unread, because the library would fetch lists
 * of revoked ones from the addresses in them.
 */
export async function checkNewPasskey(
  context: Context,
  bound: Bound,
  response: Record<string, unknown>,
): Promise<NewPasskey | Refused> {
  const given = readGiven(context, bound, response, 'webauthn.create')
  if ('reason' in given) return given
  const { origin, rpId } = passkeySite(context.config)
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  try {
    const sent = response as typeof response & RegistrationResponseJSON
    const attestation = decodeAttestationObject(bytesOf(sent.response.attestationObject))
    const format = attestation.get('fmt')
    if (format !== 'none' && (format !== 'packed' || attestation.get('attStmt').get('x5c') !== undefined))
      return refused('The passkey came with a certificate of its maker, which was not asked for.')
    const { registrationInfo } = await verifyRegistrationResponse({
      response: sent,
      expectedChallenge: given.challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
    })
    if (!registrationInfo) return refused(unverified)
    const { id, publicKey, counter } = registrationInfo.credential
    return { ...given, id, publicKey: Buffer.from(publicKey).toString('base64url'), counter }
  } catch {
    return refused(unverified)
  }
}

/** Checks that the response is of a passkey that this server knows, for this challenge. Changes nothing. */
export async function checkPasskey(
  context: Context,
  bound: Bound,
  response: Record<string, unknown>,
): Promise<Proof | Refused> {
  const given = readGiven(context, bound, response, 'webauthn.get')
  if ('reason' in given) return given
  const { origin, rpId } = passkeySite(context.config)
  const row = await store.findByCredential(context.database.read, given.id)
  if (!row) return refused(unknown)
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as typeof response & AuthenticationResponseJSON,
      expectedChallenge: given.challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: credentialOf(row),
    })
    if (!verified) return refused(unverified, row.user_id)
    return { ...given, userId: row.user_id, counter: authenticationInfo.newCounter }
  } catch {
    return refused(unverified, row.user_id)
  }
}

/**
 * Accepts what was checked, once, in the transaction of what it opens: a passkey that was removed meanwhile, a challenge
 * that was answered before, and a counter that does not go on are refused.
 */
export async function usePasskey(
  { clock }: Pick<Context, 'clock'>,
  trx: Transaction,
  { id, challenge, counter, userId }: Proof,
): Promise<Refused | undefined> {
  const row = await store.findByCredential(trx.db, id, { forUpdate: true })
  if (!row || row.user_id !== userId) return refused(unknown)
  if (!(await useUpChallenge(trx.db, challenge, clock.now())))
    return refused('This response was used already; begin again.', userId)
  // Those that do not count send 0 each time.
  if ((counter > 0 || row.counter > 0) && counter <= row.counter)
    return refused('The counter of the passkey went back: somebody may have a copy of it. Remove it.', userId)
  await store.changePasskey(trx.db, row.id, { counter, last_used_at: toTimestamp(clock.now()) })
  return undefined
}

export async function hasPasskey(db: Db, userId: number): Promise<boolean> {
  return (await store.listPasskeys(db, userId)).length > 0
}

/** The server compares the counter itself, in the transaction that stores it; the library is told that there is none. */
function credentialOf({ credential_id, public_key }: store.PasskeyRow): WebAuthnCredential {
  return { id: credential_id, publicKey: bytesOf(public_key), counter: 0 }
}

function readGiven(
  context: Context,
  bound: Bound,
  { id, type, response }: Record<string, unknown>,
  ceremony: string,
): Given | Refused {
  const parts = Object.values(response ?? {}).filter((part) => typeof part === 'string')
  const { clientDataJSON } = (response ?? {}) as Record<string, unknown>
  const isShaped =
    typeof id === 'string' &&
    id.length <= 2_000 &&
    type === 'public-key' &&
    typeof clientDataJSON === 'string'
  if (!isShaped || parts.some((part) => part.length > partMax)) return refused(malformed)
  const { origin } = passkeySite(context.config)
  const said = readClientData(clientDataJSON)
  if (said?.type !== ceremony) return refused(malformed)
  if (said.origin !== origin || said.crossOrigin === true)
    return refused(
      `The passkey was used on another site or in a frame; those of this server are for ${origin}.`,
    )
  const problem = challengeProblem(context, bound, said.challenge)
  return problem === undefined ? { id, challenge: said.challenge } : refused(problem)
}

function readClientData(
  text: string,
): { type: unknown; origin: unknown; crossOrigin: unknown; challenge: string } | undefined {
  try {
    const { type, origin, crossOrigin, challenge } = JSON.parse(Buffer.from(text, 'base64url').toString())
    return typeof challenge === 'string' ? { type, origin, crossOrigin, challenge } : undefined
  } catch {
    return undefined
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'base64url'))
}

function refused(reason: string, userId: number | null = null): Refused {
  return { reason, userId }
}

const malformed = "The 'response' field is not what PublicKeyCredential.toJSON() returns for this request."
const unknown = 'This server does not know the passkey; it may have been removed.'
const unverified =
  'The passkey could not be verified. It has to verify its owner by a fingerprint, a face, a PIN or the like.'
