import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { passkeyLifetimeMs } from '../access/session-cookie.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'

const timeBytes = 6
const saltBytes = 16

/** What a challenge is for: a new passkey in a session, or the use of one in a browser. */
export type Bound = `register ${number}` | `use ${string}`

/**
 * It carries its end, and an HMAC over that and over what it is for: anybody may ask for one, and so asking stores nothing.
 * @returns the bytes that the passkey signs
 */
export function newChallenge(
  { vault, clock }: Pick<Context, 'vault' | 'clock'>,
  bound: Bound,
): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(timeBytes + saltBytes)
  head.writeUIntBE(clock.now() + passkeyLifetimeMs, 0, timeBytes)
  randomBytes(saltBytes).copy(head, timeBytes)
  return Uint8Array.from(Buffer.concat([head, markOf(vault, bound, head)]))
}

/** @returns why it is refused @param text base64url, from the browser */
export function challengeProblem(
  { vault, clock }: Pick<Context, 'vault' | 'clock'>,
  bound: Bound,
  text: string,
): string | undefined {
  const bytes = Buffer.from(text, 'base64url')
  const head = bytes.subarray(0, timeBytes + saltBytes)
  const mark = bytes.subarray(timeBytes + saltBytes)
  const right = markOf(vault, bound, head)
  if (mark.length !== right.length || !timingSafeEqual(mark, right))
    return 'The challenge is not one that this browser was given; begin again.'
  if (head.readUIntBE(0, timeBytes) <= clock.now()) return 'It took longer than 5 minutes; begin again.'
  return undefined
}

/** @returns whether it was not used before: of two responses to the same challenge, one is accepted */
export async function useUpChallenge(db: Db, text: string, nowMs: number): Promise<boolean> {
  await db.deleteFrom('used_challenges').where('expires_at', '<=', toTimestamp(nowMs)).execute()
  const taken = await db
    .insertInto('used_challenges')
    .values({
      // Of the bytes, because the same ones can be written as several texts.
      challenge_hash: createHash('sha256').update(Buffer.from(text, 'base64url')).digest('hex'),
      expires_at: toTimestamp(nowMs + passkeyLifetimeMs),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('expires_at')
    .executeTakeFirst()
  return taken !== undefined
}

function markOf(vault: Context['vault'], bound: Bound, head: Uint8Array): Buffer {
  return Buffer.from(
    vault.fingerprint(`passkey challenge ${bound} ${Buffer.from(head).toString('hex')}`),
    'hex',
  )
}
