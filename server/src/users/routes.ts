import type { Context } from '../context.ts'
import { pageRequest } from '../http/paging.ts'
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
    handler: (request) => users.listUsers(context, request.query, pageRequest(request.query)),
  })

  app.route({
    method: 'POST',
    url: '/api/v1/users',
    config: { access: 'users:write' },
    schema: {
      operationId: 'createUser',
      summary: 'Create a user',
      description: 'Creating an administrator needs the scope `admin`.',
      tags,
      body: schema.UserCreate,
      response: { 201: schema.CreatedUser },
    },
    handler: async (request, reply) => {
      const created = await users.createUser(context, request.actor(), request.body)
      return reply.code(201).header('location', `/api/v1/users/${created.id}`).send(created)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/users/:id',
    config: { access: 'users:read' },
    schema: {
      operationId: 'getUser',
      summary: 'Read a user',
      tags,
      params: IdParams,
      response: { 200: schema.User },
    },
    handler: (request) => users.getUser(context, request.params.id),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/users/:id',
    config: { access: 'users:write' },
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
    handler: (request) => users.updateUser(context, request.actor(), request.params.id, request.body),
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/users/:id',
    config: { access: 'users:write' },
    schema: {
      operationId: 'deleteUser',
      summary: 'Delete a user',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await users.deleteUser(context, request.actor(), request.params.id)
      return reply.code(204).send()
    },
  })
}
