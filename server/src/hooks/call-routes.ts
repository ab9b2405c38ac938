import { sendTagged } from '../api/conditional.ts'
import { listRequest, sendList } from '../api/paging.ts'
import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import * as calls from './call-service.ts'
import { callSorts, HookCall, HookCallListQuery, HookCallPage } from './schema.ts'

const tags = ['Hooks']

/** For administrators: it shows what everybody sends. */
export function hookCallRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/hook-calls',
    config: { access: 'admin', sdk: 'hookCalls.list' },
    schema: {
      operationId: 'listHookCalls',
      summary: 'List calls of hooks, newest first',
      description:
        'Calls appear within seconds, also those that failed before anything was sent, and are kept as long as deliveries of webhooks.',
      tags,
      querystring: HookCallListQuery,
      response: { 200: HookCallPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, callSorts)
      return sendList(request, reply, list, await calls.listCalls(context, request.query, list))
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/hook-calls/:id',
    config: { access: 'admin', sdk: 'hookCalls.get', tagged: true },
    schema: {
      operationId: 'getHookCall',
      summary: 'Get a call of a hook with its input and response',
      description:
        'Without passwords. Of a user who was not created in the end, only the names of the fields are kept.',
      tags,
      params: IdParams,
      response: { 200: HookCall },
    },
    handler: async (request, reply) => sendTagged(reply, await calls.getCall(context, request.params.id)),
  })
}
