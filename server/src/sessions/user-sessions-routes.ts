import { listRequest, sendList } from '../api/paging.ts'
import { closed, Id, IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import * as schema from './schema.ts'
import * as sessions from './service.ts'

const tags = ['Users']
const SessionParams = closed({ id: Id, session_id: Id })

/** The sessions of any user, for administrators. */
export function userSessionRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/users/:id/sessions',
    config: { access: 'admin', sdk: 'users.sessions' },
    schema: {
      operationId: 'listUserSessions',
      summary: 'List the sessions of a user, newest first',
      tags,
      params: IdParams,
      querystring: schema.SessionListQuery,
      response: { 200: schema.SessionPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.sessionSorts)
      const caller = request.principal()
      const current = caller.kind === 'person' ? caller.sessionId : undefined
      const listed = await sessions.listSessionsOf(context, request.params.id, current, list)
      return sendList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/users/:id/sessions',
    config: { access: 'admin', sdk: 'users.endSessions', confirm: true },
    schema: {
      operationId: 'endUserSessions',
      summary: 'End all sessions of a user',
      description: 'The user can sign in again. Suspend the user to prevent that.',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await sessions.endSessionsOfUser(context, request.actor(), request.params.id)
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/users/:id/sessions/:session_id',
    config: { access: 'admin', sdk: 'users.endSession', confirm: true },
    schema: {
      operationId: 'endUserSession',
      summary: 'End a session of a user',
      tags,
      params: SessionParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const { id, session_id } = request.params
      await sessions.endSession(context, request.actor(), id, session_id)
      return reply.code(204).send()
    },
  })
}
