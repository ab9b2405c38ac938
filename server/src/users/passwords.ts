import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { currentCaller } from '../lib/caller.ts'
import { type TurnBounds, Turns } from '../lib/turns.ts'

/** OWASP's second Argon2id profile: 19 MiB, two passes, one lane. */
const parameters = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }
const saltBytes = 16
/** Each hash takes 19 MiB and a thread for 25 ms; this bounds the wait for a turn. */
const bounds: TurnBounds = {
  atOnceMax: 2,
  atOncePerCallerMax: 2,
  waitingMax: 500,
  waitingPerCallerMax: 100,
  waitMsMax: 20_000,
}

const derive = promisify(argon2)

/** Hashes in fair turns, and skips the work of callers that have disconnected. */
export interface Passwords {
  /** @returns a PHC string */
  hash(password: string): Promise<string>
  /** @param stored a PHC string, or null for an unknown user: takes the same time and returns false */
  verify(password: string, stored: string | null): Promise<boolean>
}

export function createPasswords(): Passwords {
  const turns = new Turns('passwords', bounds)
  const turn = <T>(work: () => Promise<T>) => turns.run(currentCaller(), work)
  return {
    hash: (password) =>
      turn(async () => {
        const salt = randomBytes(saltBytes)
        const tag = await derive('argon2id', { ...parameters, message: password, nonce: salt })
        const { memory, passes, parallelism } = parameters
        return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`
      }),
    verify: (password, stored) =>
      turn(async () => {
        const { memory, passes, parallelism, salt, tag } = readPhc(stored ?? nobody)
        const derived = await derive('argon2id', {
          memory,
          passes,
          parallelism,
          tagLength: tag.length,
          message: password,
          nonce: salt,
        })
        return timingSafeEqual(derived, tag) && stored !== null
      }),
  }
}

const nobody = `$argon2id$v=19$m=${parameters.memory},t=${parameters.passes},p=${parameters.parallelism}$${unpadded(Buffer.alloc(saltBytes))}$${unpadded(Buffer.alloc(parameters.tagLength))}`

function readPhc(stored: string) {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored)
  if (!match) throw new Error('A stored password hash is not an Argon2id PHC string.')
  const [, memory, passes, parallelism, salt = '', tag = ''] = match
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
