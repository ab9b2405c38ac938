import type { Context } from '../context.ts'
import { answerTagged } from '../http/conditional.ts'
import { answerOnce } from '../http/idempotency.ts'
import { answerList, listRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { IdParams, Nothing } from '../http/schemas.ts'
import * as schema from './schema.ts'
import * as users from './service.ts'

const tags = ['Users']

export function userRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/users',
    config: { access: 'users:read' },
    schema: {
      operationId: 'listUsers',
      summary: 'List users',
      tags,
      querystring: schema.UserListQuery,
      response: { 200: schema.UserPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query)
      return answerList(request, reply, list, await users.listUsers(context, request.query, list))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/users',
    config: { access: 'users:write', idempotencyKey: true },
    schema: {
      operationId: 'createUser',
      summary: 'Create a user',
      description: 'Creating an administrator needs the scope `admin`.',
      tags,
      body: schema.UserCreate,
      response: { 201: schema.CreatedUser },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) => users.createUser(inside, request.actor(), request.body),
        ({ etag, resource }) => ({
          status: 201,
          headers: { location: `/api/v1/users/${resource.id}`, etag },
          body: resource,
        }),
      ),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/users/:id',
    config: { access: 'users:read', tagged: true },
    schema: {
      operationId: 'getUser',
      summary: 'Read a user',
      tags,
      params: IdParams,
      response: { 200: schema.User },
    },
    handler: async (request, reply) =>
      answerTagged(request, reply, await users.getUser(context, request.params.id)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/users/:id',
    config: { access: 'users:write', tagged: true },
    schema: {
      operationId: 'updateUser',
      summary: 'Change a user',
      description:
        'JSON merge patch (RFC 7396). Changing a role, or an administrator, needs the scope `admin`.',
      tags,
      params: IdParams,
      body: schema.UserUpdate,
      response: { 200: schema.User },
    },
    handler: async (request, reply) => {
      const ifMatch = request.headers['if-match']
      const updated = await users.updateUser(
        context,
        request.actor(),
        request.params.id,
        request.body,
        ifMatch,
      )
      return answerTagged(request, reply, updated)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/users/:id',
    config: { access: 'users:write', tagged: true },
    schema: {
      operationId: 'deleteUser',
      summary: 'Delete a user',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await users.deleteUser(context, request.actor(), request.params.id, request.headers['if-match'])
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/users/:id/restore',
    config: { access: 'users:write', idempotencyKey: true },
    schema: {
      operationId: 'restoreUser',
      summary: 'Bring a deleted user back',
      description:
        'Within 30 days of the deletion. A conflict names the field that somebody else has taken since.',
      tags,
      params: IdParams,
      response: { 200: schema.User },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) => users.restoreUser(inside, request.actor(), request.params.id),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}
