import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import * as schema from './schema.ts'
import { credentialUsage, totalUsage } from './service.ts'

const tags = ['Credentials']

export function usageRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/credentials/:id/usage',
    config: { access: 'credentials:read', sdk: 'credentials.usage' },
    schema: {
      operationId: 'getCredentialUsage',
      summary: 'Report what a credential was used for, by the hour or the day',
      description: [
        'With a row for every hour or day, also where there was nothing. Requests that came with a key or a token of the',
        'credential count, getting a token does not. Counts are written down every few seconds and kept for 400 days.',
      ].join(' '),
      tags,
      params: IdParams,
      querystring: schema.UsageQuery,
      response: { 200: schema.CredentialUsage },
    },
    handler: (request) => credentialUsage(context, request.actor(), request.params.id, request.query),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/usage',
    config: { access: 'credentials:read', sdk: 'credentials.totalUsage' },
    schema: {
      operationId: 'getTotalUsage',
      summary: 'Report what all credentials together were used for, by the minute, the hour or the day',
      description: [
        'Who is not an administrator gets the report on their own. As the report on one credential; minutes are kept for 24',
        'hours.',
      ].join(' '),
      tags,
      querystring: schema.TotalUsageQuery,
      response: { 200: schema.TotalUsage },
    },
    handler: (request) => totalUsage(context, request.actor(), request.query),
  })
}
