import { randomUUID } from 'node:crypto'
import * as errors from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import type { CredentialPrincipal } from '../access/caller.ts'
import { apiScopesOf } from '../access/delegations.ts'
import { parseScopes, type ScopeName } from '../access/scopes.ts'
import { AppError } from '../api/errors.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { type Caller, currentCaller, onBehalfOf } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import type { Soon } from '../lib/soon.ts'
import { signedToken } from './key-material.ts'
import type { SigningKeys } from './signing-keys.ts'

export const tokenLifetimeSeconds = 3_600
const verifiedMax = 20_000
const notValidHere = 'The access token is not valid here.'

export interface TokenClaims {
  clientId: string
  scopeNames: readonly ScopeName[]
  /** The sign-in of a person to an application; undefined for the token of a credential. */
  sid: string | undefined
  /** Who the person is, as tokens name them; the client itself without one. */
  subject: string
  /** As it stands in the token. */
  scope: string
  jti: string
  issuedAtMs: number
  expiresAtMs: number
}

export type TokenCheck = { kind: 'valid'; claims: TokenClaims } | { kind: 'refused'; reason: string }

/**
 * Access tokens in the format of RFC 9068. A verified token is cached until it expires, so its signature is verified once.
 * Whether its credential still works and whether it was revoked is checked for every request, by `whyRefused`.
 */
export class AccessTokens {
  readonly #keys: SigningKeys
  readonly #clock: Clock
  readonly issuer: string
  readonly audience: string
  readonly #verified = new BoundedMap<string, TokenClaims>(verifiedMax)

  /** @param publicUrl the issuer; the audience is its API */
  constructor(keys: SigningKeys, clock: Clock, publicUrl: string) {
    this.#keys = keys
    this.#clock = clock
    this.issuer = publicUrl
    this.audience = `${publicUrl}/api/v1`
  }

  issue({ clientId }: CredentialPrincipal, scopeNames: readonly ScopeName[]): Promise<string> {
    return this.#sign({ client_id: clientId, scope: scopeNames.join(' '), sub: clientId })
  }

  /** For an application that acts for a person. @param scope also names what it may know of the person */
  issueFor(
    { clientId, subject, sid }: { clientId: string; subject: string; sid: string },
    scope: string,
  ): Promise<string> {
    return this.#sign({ client_id: clientId, scope, sub: subject, sid })
  }

  async #sign(about: Record<string, string>): Promise<string> {
    const { kid, alg, signWith } = await this.#keys.current()
    const issuedAt = Math.floor(this.#clock.now() / 1_000)
    const claims = {
      ...about,
      iss: this.issuer,
      aud: this.audience,
      jti: randomUUID(),
      iat: issuedAt,
      exp: issuedAt + tokenLifetimeSeconds,
    }
    return signedToken(alg, signWith, { alg, typ: 'at+jwt', kid }, claims)
  }

  /** @param forWhom the caller for whom it is verified, where that is not the current one */
  check(token: string, forWhom?: () => Caller): Soon<TokenCheck> {
    const known = this.#verified.get(token)
    if (known) return this.#unlessExpired(token, known)
    const verified = onBehalfOf(forWhom?.() ?? currentCaller(), () => this.#verify(token))
    return verified.then((claims) => {
      if (typeof claims === 'string') return { kind: 'refused', reason: claims }
      this.#verified.set(token, claims)
      return this.#unlessExpired(token, claims)
    })
  }

  #unlessExpired(token: string, claims: TokenClaims): TokenCheck {
    if (claims.expiresAtMs > this.#clock.now()) return { kind: 'valid', claims }
    this.#verified.delete(token)
    return { kind: 'refused', reason: 'The access token has expired; get a new one.' }
  }

  async #verify(token: string): Promise<TokenClaims | string> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.#keyFor(header), {
        issuer: this.issuer,
        audience: this.audience,
        typ: 'at+jwt',
        algorithms: ['HS256', 'ES256'],
        requiredClaims: ['exp', 'iat', 'sub', 'jti', 'client_id', 'scope'],
        currentDate: new Date(this.#clock.now()),
      })
      const { client_id: clientId, scope, jti, sub, sid } = payload
      if (typeof clientId !== 'string' || typeof scope !== 'string') return notValidHere
      return {
        clientId,
        // Of a person's token, names that are no rights of the API say what it may know of the person.
        scopeNames: typeof sid === 'string' ? apiScopesOf(scope.split(' ')) : parseScopes(scope),
        sid: typeof sid === 'string' ? sid : undefined,
        subject: String(sub),
        scope,
        jti: String(jti),
        issuedAtMs: Number(payload.iat) * 1_000,
        expiresAtMs: Number(payload.exp) * 1_000,
      }
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'The access token has expired; get a new one.'
      // An unknown scope makes the whole token invalid.
      if (error instanceof errors.JOSEError || error instanceof AppError) return notValidHere
      throw error
    }
  }

  async #keyFor({ kid, alg }: { kid?: string; alg?: string }) {
    const key = kid === undefined ? undefined : await this.#keys.byKid(kid)
    if (!key || key.alg !== alg) throw new errors.JWKSNoMatchingKey()
    return key.verifyWith
  }
}
