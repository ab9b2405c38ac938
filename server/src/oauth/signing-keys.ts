import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { importJWK } from 'jose/key/import'
import type { Actor } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Database } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import { onBehalfOfAll } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import type { Vault } from '../lib/vault.ts'
import {
  type AccessAlg,
  type IdentityAlg,
  kidPattern,
  makeKey,
  type SigningAlg,
  sealContext,
  signingKey,
} from './key-material.ts'
import * as store from './key-store.ts'

type Key = Awaited<ReturnType<typeof importJWK>>

export interface SigningKey {
  kid: string
  signs: 'access' | 'identity'
  /** The key verifies only with this algorithm, whatever the header of a token says (RFC 8725 §3.1). */
  alg: SigningAlg
  signWith: KeyObject
  verifyWith: Key
  /** For others to verify with; undefined for a symmetric key, which is never shown. */
  publicJwk: JWK | undefined
  createdAt: string
  isCurrent: boolean
  /** When the last token that it signed expires. */
  verifiesUntilMs: number
}

/** How long a process may still sign with a key that another has retired; the retired key still verifies. */
const freshForMs = 10_000
/** Covers the waits of a rotation, and differences between clocks. */
const slackMs = 60_000

/**
 * The keys that sign access tokens and identities: in the database, sealed, shared by every process.
 *
 * Guarantees: a new key verifies in every process as soon as a token names it, because an unknown `kid` is looked up; a
 * retired key verifies until the last token that any process may have signed with it expires. A rotation therefore
 * invalidates no token and makes nobody wait.
 */
export class SigningKeys {
  readonly #database: Database
  readonly #vault: Vault
  readonly #clock: Clock
  /** How long a retired key must still verify. */
  readonly #retiredForMs: number
  #keys = new Map<string, SigningKey>()
  #loadedAtMs = Number.NEGATIVE_INFINITY
  #refreshing: Promise<void> | undefined

  /** @param tokenLifetimeMs the longest lifetime of a token that the keys sign */
  constructor(database: Database, vault: Vault, clock: Clock, tokenLifetimeMs: number) {
    this.#database = database
    this.#vault = vault
    this.#clock = clock
    this.#retiredForMs = tokenLifetimeMs + freshForMs + slackMs
  }

  async current(): Promise<SigningKey> {
    await this.#refresh()
    const current = this.#findCurrent()
    if (current) return current
    await this.#make('HS256', 'access')
    await this.#load()
    const made = this.#findCurrent()
    if (!made) throw new Error('No signing key could be created.')
    return made
  }

  /** The key that signs identities: made when the first one is signed, and again after a rotation. */
  async forIdentities(alg: IdentityAlg): Promise<SigningKey> {
    await this.#refresh()
    const current = this.#findIdentity(alg)
    if (current) return current
    await this.#make(alg, 'identity')
    await this.#load()
    const made = this.#findIdentity(alg)
    if (!made) throw new Error('No key that signs identities could be created.')
    return made
  }

  /** The key that a token names, if it may still verify. */
  async byKid(kid: string): Promise<SigningKey | undefined> {
    await this.#refresh()
    if (!this.#keys.has(kid) && kidPattern.test(kid) && (await store.keyExists(this.#database.read, kid)))
      await this.#load()
    const key = this.#keys.get(kid)
    return key && key.verifiesUntilMs > this.#clock.now() ? key : undefined
  }

  /** Every key that may still verify, oldest first. */
  async alive(): Promise<SigningKey[]> {
    await this.#refresh()
    return [...this.#keys.values()].filter((key) => key.verifiesUntilMs > this.#clock.now())
  }

  /**
   * Replaces the current keys at once: that of access tokens here, those of identities when the next one is signed. The
   * old ones only verify from now on, and keys that no valid token needs are deleted.
   * @param alg default: that of the current key
   * @throws AppError conflict when another process rotates at the same moment
   */
  async rotate(actor: Actor, alg?: AccessAlg): Promise<SigningKey> {
    const before = await this.current()
    const nowMs = this.#clock.now()
    const now = toTimestamp(nowMs)
    const row = await makeKey(this.#vault, alg ?? (before.alg as AccessAlg), now)
    try {
      await this.#database.write(async (trx) => {
        await store.deleteRetired(trx.db, toTimestamp(nowMs - this.#retiredForMs))
        await store.retireCurrent(trx.db, now)
        await store.insertKey(trx.db, row)
        await recordAudit(trx, actor, now, {
          action: 'signing_key.rotate',
          targetId: null,
          before: { kid: before.kid, alg: before.alg },
          after: { kid: row.kid, alg: row.alg },
        })
      })
    } catch (error) {
      if (violatedUnique(error) === undefined) throw error
      throw new AppError('conflict', 'The signing keys are being rotated by another process.', {
        cause: error,
      })
    }
    await this.#load()
    return this.current()
  }

  async #refresh(): Promise<void> {
    if (this.#clock.elapsed() - this.#loadedAtMs < freshForMs) return
    // Concurrent callers share the same lookup.
    this.#refreshing ??= onBehalfOfAll(() => this.#load()).finally(() => {
      this.#refreshing = undefined
    })
    await this.#refreshing
  }

  #findCurrent(): SigningKey | undefined {
    return [...this.#keys.values()].find((key) => key.isCurrent && key.signs === 'access')
  }

  #findIdentity(alg: IdentityAlg): SigningKey | undefined {
    return [...this.#keys.values()].find(
      (key) => key.isCurrent && key.signs === 'identity' && key.alg === alg,
    )
  }

  async #load(): Promise<void> {
    const loadedAtMs = this.#clock.elapsed()
    const rows = await store.listKeys(this.#database.read)
    const keys = await Promise.all(rows.map((row) => this.#toKey(row)))
    this.#keys = new Map(keys.map((key) => [key.kid, key]))
    this.#loadedAtMs = loadedAtMs
  }

  async #toKey(row: store.KeyRow): Promise<SigningKey> {
    const alg = row.alg as SigningAlg
    const publicJwk = row.public_jwk === null ? undefined : (JSON.parse(row.public_jwk) as JWK)
    const privateJwk = JSON.parse(this.#vault.open(row.private_jwk, sealContext(row.kid))) as JWK
    return {
      kid: row.kid,
      signs: row.signs,
      alg,
      signWith: signingKey(privateJwk, alg),
      verifyWith: await importJWK(publicJwk ?? privateJwk, alg),
      publicJwk,
      createdAt: row.created_at,
      isCurrent: row.retired_at === null,
      verifiesUntilMs:
        row.retired_at === null ? Infinity : fromTimestamp(row.retired_at) + this.#retiredForMs,
    }
  }

  async #make(alg: SigningAlg, signs: SigningKey['signs']): Promise<void> {
    const row = await makeKey(this.#vault, alg, toTimestamp(this.#clock.now()), signs)
    try {
      await this.#database.write((trx) => store.insertKey(trx.db, row))
    } catch (error) {
      // Another process made one at the same moment, which serves as well.
      if (violatedUnique(error) === undefined) throw error
    }
  }
}
