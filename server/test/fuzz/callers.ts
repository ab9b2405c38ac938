import type { TestServer } from '../harness.ts'
import { password, type SignedInPerson, signedInAs } from '../people.ts'
import type { Random } from './random.ts'

/** Whoever sends a request. */
export interface Caller {
  name: string
  headers: Record<string, string>
}

const roles = ['admin', 'developer', 'editor', 'normal'] as const

/**
 * Those who call: a program that may do everything, by key and by token, one that only reads, nobody, and a person.
 * The requests revoke, suspend and sign out at random, themselves included; whoever was hit is replaced.
 */
export class Callers {
  readonly #server: TestServer
  readonly #random: Random
  #all: Caller[] = []
  #person: SignedInPerson | undefined
  #admin = { id: 0, clientId: '', secret: '' }
  #token = ''

  constructor(server: TestServer, random: Random) {
    this.#server = server
    this.#random = random
  }

  /** Everybody anew; the person, whose sign-in takes long, only when the session has ended. */
  async renew(): Promise<void> {
    this.#admin = await this.#server.credential('admin')
    this.#token = await this.#server.token(this.#admin)
    const { secret: reading } = await this.#server.credential(
      'read credentials:read audit:read webhooks:read',
    )
    await this.#keepPerson()
    const { cookie = '', csrf = '' } = this.#person ?? {}
    this.#all = [
      { name: 'admin', headers: { 'x-api-key': this.#admin.secret } },
      { name: 'admin by token', headers: { authorization: `Bearer ${this.#token}` } },
      { name: 'reader', headers: { 'x-api-key': reading } },
      { name: 'nobody', headers: {} },
      { name: 'person', headers: { cookie, 'x-csrf-token': csrf } },
    ]
  }

  pick(): Caller {
    const weights: Record<string, number> = { admin: 5, person: 3 }
    return this.#random.pickWeighted(this.#all, ({ name }) => weights[name] ?? 1)
  }

  /** What only they know: the fields with which a request to sign in, or for a token, succeeds. */
  secrets(operationId: string): Record<string, unknown> {
    const shared = {
      password,
      current_password: password,
      grant_type: 'client_credentials',
      client_id: this.#admin.clientId,
      client_secret: this.#admin.secret,
      token: this.#token,
      scope: 'read',
    }
    return operationId === 'signIn' ? { ...shared, username: this.#person?.username } : shared
  }

  async #keepPerson(): Promise<void> {
    const answer = await this.#person?.call('GET', '/api/v1/session')
    if (answer?.status !== 200) this.#person = await signedInAs(this.#server, this.#random.pick(roles))
  }
}
