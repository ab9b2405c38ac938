import { randomBytes } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import type { Database, Transaction } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import type { Clock } from '../lib/clock.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import type { Vault } from '../lib/vault.ts'

export type SigningAlg = 'HS256' | 'ES256'

export interface SigningKey {
  kid: string
  /** A key verifies with this algorithm and no other, whatever a token's header says (RFC 8725 §3.1). */
  alg: SigningAlg
  key: Awaited<ReturnType<typeof importJWK>>
  isCurrent: boolean
}

/** How long a process may go on signing with a key that another one has retired; the retired key still verifies. */
const freshForMs = 10_000
/** How often an unknown `kid` may cause a look in the database. */
const lookAgainMs = 1_000

/** The keys that sign access tokens: in the database, sealed, shared by every process. */
export class SigningKeys {
  readonly #database: Database
  readonly #vault: Vault
  readonly #clock: Clock
  #keys = new Map<string, SigningKey>()
  #loadedAtMs = Number.NEGATIVE_INFINITY

  constructor(database: Database, vault: Vault, clock: Clock) {
    this.#database = database
    this.#vault = vault
    this.#clock = clock
  }

  async current(): Promise<SigningKey> {
    if (this.#clock.now() - this.#loadedAtMs >= freshForMs) await this.#load()
    const current = this.#findCurrent()
    if (current) return current
    await this.#makeFirst()
    await this.#load()
    const made = this.#findCurrent()
    if (!made) throw new Error('No signing key could be made.')
    return made
  }

  async byKid(kid: string): Promise<SigningKey | undefined> {
    const isUnknown = !this.#keys.has(kid)
    if (isUnknown && this.#clock.now() - this.#loadedAtMs >= lookAgainMs) await this.#load()
    return this.#keys.get(kid)
  }

  #findCurrent(): SigningKey | undefined {
    return [...this.#keys.values()].find((key) => key.isCurrent)
  }

  async #load(): Promise<void> {
    const rows = await this.#database.read.selectFrom('signing_keys').selectAll().execute()
    const keys = await Promise.all(
      rows.map(async (row): Promise<SigningKey> => {
        const jwk = JSON.parse(this.#vault.open(row.private_jwk, sealContext(row.kid))) as JWK
        const alg = row.alg as SigningAlg
        return { kid: row.kid, alg, key: await importJWK(jwk, alg), isCurrent: row.retired_at === null }
      }),
    )
    this.#keys = new Map(keys.map((key) => [key.kid, key]))
    this.#loadedAtMs = this.#clock.now()
  }

  async #makeFirst(): Promise<void> {
    try {
      await this.#database.write((trx) =>
        insertSymmetricKey(trx, this.#vault, toTimestamp(this.#clock.now())),
      )
    } catch (error) {
      // Another process made it at the same moment: that one is as good.
      if (violatedUnique(error) === undefined) throw error
    }
  }
}

async function insertSymmetricKey(trx: Transaction, vault: Vault, now: string): Promise<void> {
  const kid = randomBytes(8).toString('hex')
  const jwk: JWK = { kty: 'oct', k: randomBytes(32).toString('base64url'), alg: 'HS256', kid }
  await trx.db
    .insertInto('signing_keys')
    .values({
      kid,
      alg: 'HS256',
      private_jwk: vault.seal(JSON.stringify(jwk), sealContext(kid)),
      public_jwk: null,
      created_at: now,
      retired_at: null,
    })
    .execute()
}

function sealContext(kid: string): string {
  return `signing-key ${kid}`
}
