import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { CommandError } from '../lib/command-error.ts'

type Bytes = AsyncIterable<Uint8Array>

/** How every file begins that age has encrypted. */
export const ageMark = 'age-encryption.org/v1\n'

export interface Encryption {
  encrypt(content: Bytes): Bytes
  decrypt(content: Bytes): Bytes
}

/**
 * Encrypts to the recipients, and to a key that only this process knows and nobody keeps: with it, what was written can be
 * decrypted and compared although the secret keys are elsewhere.
 */
export async function encryptionTo(recipients: readonly string[]): Promise<Encryption> {
  const own = await generateX25519Identity()
  const encrypter = new Encrypter()
  for (const recipient of [...recipients, await identityToRecipient(own)]) encrypter.addRecipient(recipient)
  return {
    async *encrypt(content) {
      yield* await encrypter.encrypt(streamOf(content))
    },
    decrypt: (content) => decrypted(content, [own]),
  }
}

/** @throws CommandError when none of the keys opens it, or when it was changed */
export async function* decrypted(content: Bytes, identities: readonly string[]): Bytes {
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  try {
    yield* await decrypter.decrypt(streamOf(content))
  } catch (error) {
    if (error instanceof CommandError || (error as NodeJS.ErrnoException).code) throw error
    const { message } = error as Error
    throw new CommandError(
      /no identity/i.test(message)
        ? 'The backup is encrypted to another key: none of the secret keys that were given opens it.'
        : `The encrypted file is damaged, or was cut short (${message}).`,
    )
  }
}

/** The secret keys in a file as age-keygen writes it. @throws CommandError */
export function readIdentities(text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.length > 0 && lines.every((line) => /^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]+$/.test(line))) {
    try {
      const decrypter = new Decrypter()
      for (const line of lines) decrypter.addIdentity(line)
      return lines
    } catch {
      // Told below, without what the text says.
    }
  }
  throw new CommandError(
    'There is no usable secret key: it is a line that begins with AGE-SECRET-KEY-1, as `comserv backups keygen` and age-keygen write it.',
  )
}

/** A secret key, and the public key that belongs to it. */
export async function newIdentity(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

function streamOf(content: Bytes): ReadableStream<Uint8Array> {
  return ReadableStream.from(content) as ReadableStream<Uint8Array>
}
