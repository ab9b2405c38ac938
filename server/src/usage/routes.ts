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
      summary: 'Get the usage of a credential, by hour or day',
      description: [
        'One row for each hour or day, including those without requests. Requests with a key or token of the credential are',
        'counted; requests for a token are not. Counts are stored every few seconds and kept for 400 days.',
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
      summary: 'Get the usage of all credentials together, by minute, hour or day',
      description: [
        'Callers who are not administrators get the usage of their own credentials. Minutes are kept for 24 hours, hours and',
        'days for 400 days.',
      ].join(' '),
      tags,
      querystring: schema.TotalUsageQuery,
      response: { 200: schema.TotalUsage },
    },
    handler: (request) => totalUsage(context, request.actor(), request.query),
  })
}
