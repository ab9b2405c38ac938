import { invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { secretContext, signingKeyContext } from '../sending/attempt.ts'
import { generateKeyPair } from '../sending/key-pair.ts'
import { generateSecret, secretProblem } from '../sending/signature.ts'
import type { Signers, WebhookRow } from './store.ts'

type KeyPair = Pick<Signers, 'signing_key' | 'public_key'>

const noKeyPair: KeyPair = { signing_key: null, public_key: null }

/** @throws AppError invalid_request */
export function checkedSecret(secret: string | null | undefined): string {
  if (secret === undefined || secret === null) return generateSecret()
  const problem = secretProblem(secret)
  if (problem !== undefined) throw invalidRequest(`The 'secret' field is refused: ${problem}`)
  return secret
}

/** A secret, with a key pair beside it where the webhook signs with both. */
export function signersOf(
  context: Context,
  { id, ed25519 }: Pick<WebhookRow, 'id' | 'ed25519'>,
  secret: string,
): Signers {
  const sealed = context.vault.seal(secret, secretContext(id))
  return { secret: sealed, ...(ed25519 === 1 ? sealedKeyPair(context, id) : noKeyPair) }
}

/** Undefined where the webhook has what is wanted: receivers know the public key, and it must not change by chance. */
export function changedKeyPair(
  context: Context,
  { id, ed25519 }: Pick<WebhookRow, 'id' | 'ed25519'>,
  wanted: number | undefined,
): KeyPair | undefined {
  if (wanted === undefined || wanted === ed25519) return undefined
  return wanted === 1 ? sealedKeyPair(context, id) : noKeyPair
}

function sealedKeyPair({ vault }: Context, id: number): KeyPair {
  const { signingKey, publicKey } = generateKeyPair()
  return { signing_key: vault.seal(signingKey, signingKeyContext(id)), public_key: publicKey }
}
