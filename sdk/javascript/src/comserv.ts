import { isInstanceOf, nameClasses } from './class-names.ts'
import { type ExtensionResource, extensionResource } from './extension-resource.ts'
import { Resources } from './generated/resources.ts'
import { createHttp, type Http } from './http.ts'
import type { LoginOptions } from './login.ts'
import { type ComservOptions, decideSettings } from './options.ts'
import type { SignInOptions, SignInRequest } from './sign-in.ts'

/**
 * A client of one Comserv server. Create one and reuse it: its token is fetched once for all calls.
 *
 * ```ts
 * const comserv = new Comserv({ baseUrl: 'https://comserv.example.org', clientId, clientSecret })
 * for await (const user of comserv.users.list({ role: 'editor' })) console.log(user.email)
 * ```
 */
export class Comserv extends Resources {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class on which instanceof is used, which inherits this
    return isInstanceOf(this, value)
  }

  readonly baseUrl: string
  readonly #authentication: string
  readonly #http: Http

  /** @throws ConfigurationError */
  constructor(options: ComservOptions) {
    const settings = decideSettings(options)
    const http = createHttp(settings)
    super(http)
    this.#http = http
    this.baseUrl = settings.baseUrl
    this.#authentication = settings.who.kind
  }

  /**
   * Signs a person in to a program of an application, such as a command line: shows a code, which the person enters in a
   * browser on any device, and waits. With `loadRefreshToken` and `saveRefreshToken` that happens once.
   *
   * ```ts
   * const comserv = await Comserv.login({ baseUrl, clientId: 'cs_app_…', scope: 'openid documents:read' })
   * ```
   *
   * @throws ConfigurationError; ApiError when the person refuses, or enters nothing within ten minutes
   */
  static async login(options: LoginOptions): Promise<Comserv> {
    // Loaded by the programs that use it: most pages sign nobody in this way.
    const { signedInByDevice } = await import('./login.ts')
    return new Comserv(await signedInByDevice(options))
  }

  /**
   * In a page: leaves it for the server, where a person signs in and allows it. They come back to `redirectUri`, where the
   * page calls `handleRedirect`.
   *
   * @throws ConfigurationError
   */
  static async signIn(options: SignInRequest): Promise<never> {
    const { leaveToSignIn } = await import('./sign-in.ts')
    return leaveToSignIn(options)
  }

  /**
   * In a page, when it begins: a client that acts for the person who has just come back, or whose refresh token was saved;
   * undefined where nobody is signed in. Refresh tokens are kept in memory, unless you load and save them.
   *
   * ```ts
   * const comserv = await Comserv.handleRedirect({ baseUrl, clientId })
   * button.onclick = () => Comserv.signIn({ baseUrl, clientId, scope: 'openid documents:read' })
   * ```
   *
   * @throws SignInError where the person or the server refused
   */
  static async handleRedirect(options: SignInOptions): Promise<Comserv | undefined> {
    const { comeBack } = await import('./sign-in.ts')
    const person = await comeBack(options)
    return person && new Comserv(person)
  }

  /**
   * Ends the access of this application for the person, with all its tokens. Their session at the server goes on.
   *
   * @throws ConfigurationError for a client that no person signed in to
   */
  signOut(): Promise<void> {
    return this.#http.signOut()
  }

  /**
   * Records that an extension of the server adds.
   *
   * ```ts
   * const invoices = comserv.resource<{ number: string; amount_cents: number }>('invoices')
   * await invoices.create({ number: 'R-001', amount_cents: 12_000 })
   * ```
   *
   * @param name `invoices` for those of the extension of that name, otherwise `EXTENSION/PLURAL`
   * @throws ConfigurationError
   */
  resource<T extends object = Record<string, unknown>>(name: string): ExtensionResource<T> {
    return extensionResource<T>(this.#http, name)
  }

  /** The printable state of a client, without secrets and tokens. */
  toJSON(): { baseUrl: string; authentication: string } {
    return { baseUrl: this.baseUrl, authentication: this.#authentication }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Comserv ${JSON.stringify(this)}`
  }
}

nameClasses({ Comserv })
