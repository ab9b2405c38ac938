import type { BlockList } from 'node:net'
import type { Database } from '../db/database.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { type Caller, currentCaller, onBehalfOf } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import { inRanges, plainAddress, rangeList } from '../lib/ip-addresses.ts'
import type { Soon } from '../lib/soon.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import { type Bounds, boundsOf } from './bounds.ts'
import type { CredentialPrincipal } from './caller.ts'
import { grantOfCredential } from './grant.ts'
import type { ScopeName } from './scopes.ts'
import { sameHash } from './secret.ts'
import { findCredential, roleOf } from './store.ts'

/**
 * Caches the credentials that requests present.
 *
 * Guarantees: a change by this process applies from its commit on (`forgetAll`); a change by another process on the same
 * database applies within `freshForMs`. Unknown secrets are not cached.
 */
const freshForMs = 1_000
const entriesMax = 20_000

export interface KnownCredential {
  principal: CredentialPrincipal
  secrets: readonly { hash: string; expiresAtMs: number }[]
  expiresAtMs: number
  isRevoked: boolean
  ownerIsActive: boolean
  /** The `jti` of its access tokens that were revoked and have not expired yet. */
  revokedTokens: ReadonlySet<string>
  /** Lists of addresses from which it may be used: an address must be in each. */
  allowedIps: readonly BlockList[]
}

interface Entry {
  credential: KnownCredential
  loadedAtMs: number
}

export class CredentialDirectory {
  readonly #database: Database
  readonly #clock: Clock
  readonly #byHash = new BoundedMap<string, Entry>(entriesMax)
  readonly #byClientId = new BoundedMap<string, Entry>(entriesMax)
  /** Reads in progress, shared by concurrent requests of one credential. */
  readonly #loading = new Map<string, Promise<KnownCredential | undefined>>()
  /** Counts calls of `forgetAll`: a read that began before one must not be cached after it. */
  #era = 0
  #forgotten: () => void = () => undefined

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** @param forWhom the caller for whom it is read, where that is not the current one */
  byClientId(clientId: string, forWhom?: () => Caller): Soon<KnownCredential | undefined> {
    return (
      this.#fresh(this.#byClientId.get(clientId)) ??
      onBehalfOf(forWhom?.() ?? currentCaller(), () => this.#load(this.#byClientId, clientId, 'client_id'))
    )
  }

  /** @param hash SHA-256 of the presented secret, hex */
  bySecretHash(hash: string, forWhom?: () => Caller): Soon<KnownCredential | undefined> {
    return (
      this.#fresh(this.#byHash.get(hash)) ??
      onBehalfOf(forWhom?.() ?? currentCaller(), () => this.#load(this.#byHash, hash, 'secret_hash'))
    )
  }

  /** Call it after every commit that changes a credential, revokes a token, or changes the status or role of an owner. */
  forgetAll(): void {
    this.#era++
    this.#byHash.clear()
    this.#byClientId.clear()
    this.#loading.clear()
    this.#forgotten()
  }

  /** Calls `forgotten` whenever what credentials may do can have changed in this process. */
  onForgotten(forgotten: () => void): void {
    this.#forgotten = forgotten
  }

  #fresh(entry: Entry | undefined): KnownCredential | undefined {
    if (!entry) return undefined
    const ageMs = this.#clock.elapsed() - entry.loadedAtMs
    return ageMs < freshForMs ? entry.credential : undefined
  }

  #load(cache: BoundedMap<string, Entry>, key: string, by: 'client_id' | 'secret_hash') {
    const name = `${by} ${key}`
    const known = this.#loading.get(name)
    if (known) return known
    const loading = this.#read(cache, key, by).finally(() => {
      if (this.#loading.get(name) === loading) this.#loading.delete(name)
    })
    this.#loading.set(name, loading)
    return loading
  }

  async #read(cache: BoundedMap<string, Entry>, key: string, by: 'client_id' | 'secret_hash') {
    const era = this.#era
    const loadedAtMs = this.#clock.elapsed()
    const row = await findCredential(this.#database.read, by, key, toTimestamp(this.#clock.now()))
    if (!row) {
      cache.delete(key)
      return undefined
    }
    const credential = toKnown(row, await boundsOf(this.#database.read, row))
    if (era === this.#era) cache.set(key, { credential, loadedAtMs })
    return credential
  }
}

export const wrongSecret = 'The client id or the secret is wrong.'

/**
 * Why a credential does not work now, for a caller that holds its secret; undefined when it works.
 * @param shown the caller's address, unless inspected by another, and the hash of the secret or the `jti` of the token
 */
export function whyRefused(
  credential: KnownCredential,
  nowMs: number,
  { ip, secretHash, jti }: { ip?: string; secretHash?: string; jti?: string },
): string | undefined {
  const secret = secretHash === undefined ? undefined : fittingSecret(credential, secretHash)
  // Callers without a valid secret learn no more than this.
  if (secretHash !== undefined && !secret) return wrongSecret
  if (credential.isRevoked) return 'The credential was revoked.'
  if (credential.expiresAtMs <= nowMs) return 'The credential has expired.'
  if (!credential.ownerIsActive) return 'The owner of the credential is not active.'
  if (secret && secret.expiresAtMs <= nowMs)
    return 'The secret was replaced by a newer one, and its grace period has ended.'
  if (jti !== undefined && credential.revokedTokens.has(jti)) return 'The access token was revoked.'
  if (ip !== undefined && !credential.allowedIps.every((list) => inRanges(list, ip))) {
    return `The credential may not be used from the address ${plainAddress(ip)}.`
  }
  return undefined
}

/** Compares every secret, so that the time taken does not tell which one matched. */
function fittingSecret({ secrets }: KnownCredential, secretHash: string) {
  return secrets.filter((secret) => sameHash(secret.hash, secretHash)).at(-1)
}

type Row = NonNullable<Awaited<ReturnType<typeof findCredential>>>

function toKnown(row: Row, bounds: Bounds): KnownCredential {
  const scopeNames = row.scopes.split(' ') as ScopeName[]
  return {
    principal: {
      kind: 'credential',
      id: row.id,
      clientId: row.client_id,
      name: row.name,
      tier: bounds.tier,
      ownerId: row.owner_id,
      scopeNames,
      ownerRole: row.role,
      ...grantOfCredential(scopeNames, bounds, roleOf(row)),
    },
    secrets: row.secrets.map((secret) => ({
      hash: secret.secret_hash,
      expiresAtMs: instantOr(secret.expires_at, Infinity),
    })),
    expiresAtMs: instantOr(bounds.expiresAt, Infinity),
    isRevoked: row.revoked_at !== null,
    ownerIsActive: row.owner_status === 'active' && row.owner_deleted_at === null,
    revokedTokens: row.revokedTokens,
    allowedIps: bounds.allowedIps.map(rangeList),
  }
}

function instantOr(timestamp: string | null, otherwise: number): number {
  return timestamp === null ? otherwise : fromTimestamp(timestamp)
}
