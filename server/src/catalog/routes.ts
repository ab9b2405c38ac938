import { tiers } from '../access/bounds.ts'
import { grantOfRole } from '../access/grant.ts'
import { isBuiltIn, termsOf } from '../access/roles.ts'
import { scopeGroups, scopes } from '../access/scopes.ts'
import type { Context } from '../context.ts'
import { documentStatusMeanings } from '../documents/schema.ts'
import type { App } from '../http/pipeline.ts'
import { importFormats } from '../import/rows.ts'
import { hourMs } from '../lib/timestamps.ts'
import { sendsMail } from '../mail/outbox.ts'
import { everyRole } from '../roles/service.ts'
import { Catalog } from './schema.ts'

export function catalogRoutes(app: App, context: Context): void {
  const catalog = catalogOf(context)
  app.route({
    method: 'GET',
    url: '/api/v1/catalog',
    config: { access: 'signed-in', sdk: 'description.catalog' },
    schema: {
      operationId: 'getCatalog',
      summary: 'Get the catalog of this server: scopes, roles, event types, tiers',
      description: [
        'Lists that clients would otherwise hard-code, with the limits and retention times that this server is configured with.',
        'Lists may grow within v1, so accept unknown names.',
      ].join(' '),
      tags: ['Operations'],
      response: { 200: Catalog },
    },
    handler: async () => ({ ...catalog, roles: await rolesOf(context) }),
  })
}

/** The same for every caller: nothing in it is secret. */
async function rolesOf({ database }: Context): Promise<Catalog['roles']> {
  const roles = await everyRole(database.read)
  return roles.map((role) => {
    const { scopes, reach } = grantOfRole(role)
    return {
      name: role.name as Catalog['roles'][number]['name'],
      description: termsOf(role).description,
      scopes: [...scopes],
      built_in: isBuiltIn(role.name),
      own_only: reach.ownOnly,
      published_only: reach.publishedOnly,
      rules: termsOf(role).rules.length === 0 ? null : [...termsOf(role).rules],
    }
  })
}

/** What does not change while the server runs. */
function catalogOf({ catalog, config }: Context): Omit<Catalog, 'roles'> {
  const { rateLimits, trashDays, eventRetentionDays, webhooks, erasures } = config
  return {
    scopes: [
      ...Object.entries(scopeGroups).map(([name, includes]) => ({
        name,
        description: `Short for ${includes.join(', ')}`,
        includes: [...includes],
      })),
      ...described(scopes).map((scope) => ({ ...scope, includes: [] })),
    ] as Catalog['scopes'],
    event_types: [...catalog.eventTypes.values()].map(({ name, description, resource, reads }) => ({
      name,
      description,
      resource,
      scope: reads,
    })),
    tiers: tiers.map((name) => ({ name, requests_per_minute: rateLimits[name] })),
    resources: catalog.resources.map(({ name, plural, reads, writes, records = null }) => ({
      name,
      plural,
      read_scope: reads,
      write_scope: writes,
      records,
    })),
    document_statuses: described(documentStatusMeanings),
    password_length_min: config.passwordLengthMin,
    audit_actions: [...catalog.auditActions],
    import_formats: [...importFormats],
    erase_wait_hours: erasures.waitMs / hourMs,
    sends_mail: sendsMail(config),
    retention_days: { trash: trashDays, events: eventRetentionDays, deliveries: webhooks.retentionDays },
  }
}

function described<Name extends string>(meanings: Readonly<Record<Name, string>>) {
  return Object.entries<string>(meanings).map(([name, description]) => ({ name, description }))
}
