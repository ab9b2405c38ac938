import { createHttp } from './http.ts'
import { type ComservOptions, decideSettings } from './options.ts'
import { type AuditLog, auditLogOf } from './resources/audit-log.ts'
import { type Categories, categoriesOf } from './resources/categories.ts'
import { type Credentials, credentialsOf } from './resources/credentials.ts'
import { type Deliveries, deliveriesOf } from './resources/deliveries.ts'
import { type Documents, documentsOf } from './resources/documents.ts'
import { type Events, eventsOf } from './resources/events.ts'
import { type Me, meOf } from './resources/me.ts'
import { type OAuth, oauthOf } from './resources/oauth.ts'
import { descriptionOf, healthOf, type ServerDescription, type ServerHealth } from './resources/server.ts'
import { type CurrentSession, type FirstSetup, sessionOf, setupOf } from './resources/session.ts'
import { type Users, usersOf } from './resources/users.ts'
import { type Webhooks, webhooksOf } from './resources/webhooks.ts'

/**
 * A client of one Comserv server. Make one and keep it: its token is fetched once for all calls.
 *
 * ```ts
 * const comserv = new Comserv({ baseUrl: 'https://comserv.example.org', clientId, clientSecret })
 * for await (const user of comserv.users.list({ role: 'editor' })) console.log(user.email)
 * ```
 */
export class Comserv {
  readonly baseUrl: string
  readonly users: Users
  readonly documents: Documents
  readonly categories: Categories
  readonly credentials: Credentials
  readonly webhooks: Webhooks
  readonly deliveries: Deliveries
  readonly events: Events
  readonly auditLog: AuditLog
  readonly me: Me
  readonly session: CurrentSession
  readonly setup: FirstSetup
  readonly oauth: OAuth
  readonly health: ServerHealth
  readonly description: ServerDescription
  readonly #authentication: string

  /** @throws ConfigurationError */
  constructor(options: ComservOptions) {
    const settings = decideSettings(options)
    const http = createHttp(settings)
    this.baseUrl = settings.baseUrl
    this.users = usersOf(http)
    this.documents = documentsOf(http)
    this.categories = categoriesOf(http)
    this.credentials = credentialsOf(http)
    this.webhooks = webhooksOf(http)
    this.deliveries = deliveriesOf(http)
    this.events = eventsOf(http)
    this.auditLog = auditLogOf(http)
    this.me = meOf(http)
    this.session = sessionOf(http)
    this.setup = setupOf(http)
    this.oauth = oauthOf(http, settings.who)
    this.health = healthOf(http)
    this.description = descriptionOf(http)
    this.#authentication = settings.who.kind
  }

  /** What may be shown of a client: no secret, no token. */
  toJSON(): { baseUrl: string; authentication: string } {
    return { baseUrl: this.baseUrl, authentication: this.#authentication }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Comserv ${JSON.stringify(this)}`
  }
}
