import { sendTagged } from '../api/conditional.ts'
import { listRequest, sendList } from '../api/paging.ts'
import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import * as schema from './schema.ts'
import * as requests from './service.ts'

const tags = ['Request log']
/** People see their own requests whatever their role; a credential needs the scope. */
const reading = { access: 'credentials:read', ownersToo: true } as const

export function requestRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/requests',
    config: { ...reading, sdk: 'requests.list' },
    schema: {
      operationId: 'listRequests',
      summary: 'List the requests of credentials and sessions, newest first',
      description: [
        'Filters are combined. Administrators get all requests, others those of their own credentials and sessions, and a',
        'credential without `admin` those of its owner’s credentials. Bodies and values of query parameters are never kept,',
        'and neither are requests without a known credential or session, or for an access token. Requests appear within',
        'seconds, and are kept for 7 days unless the server is set up otherwise.',
      ].join(' '),
      tags,
      querystring: schema.RequestListQuery,
      response: { 200: schema.LoggedRequestPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.requestSorts)
      const listed = await requests.listRequests(context, request.actor(), request.query, list)
      return sendList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/requests/:id',
    config: { ...reading, sdk: 'requests.get', tagged: true },
    schema: {
      operationId: 'getRequest',
      summary: 'Get a request',
      description:
        'List its events with `request_id` at `/api/v1/events`, and the deliveries of an event at `/api/v1/events/{id}/deliveries`.',
      tags,
      params: IdParams,
      response: { 200: schema.LoggedRequest },
    },
    handler: async (request, reply) =>
      sendTagged(reply, await requests.getRequest(context, request.actor(), request.params.id)),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/deprecated-uses',
    config: { ...reading, sdk: 'requests.deprecatedUses' },
    schema: {
      operationId: 'listDeprecatedUses',
      summary: 'List which credentials and people still call deprecated routes, the latest first',
      description:
        'One row for each caller and route, from the requests that the request log holds; at most 1,000 rows.',
      tags,
      querystring: schema.DeprecatedUsesQuery,
      response: { 200: schema.DeprecatedUses },
    },
    handler: async (request) => ({
      data: await requests.deprecatedUses(context, request.actor(), request.query),
    }),
  })
}
