import type { Context } from '../context.ts'
import { BatchBody, BatchQuery, batchAnswer, readBatch } from '../http/batch.ts'
import { answerTagged } from '../http/conditional.ts'
import { answerExport, ExportAnswer, exportTypes } from '../http/export.ts'
import { answerOnce } from '../http/idempotency.ts'
import { answerList, listRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { IdParams, Nothing } from '../http/schemas.ts'
import { changeUsers, type UserBatchItem, userBatch } from './batch-service.ts'
import { exportUsers } from './export-service.ts'
import * as schema from './schema.ts'
import * as users from './service.ts'
import { listTrashedUsers } from './trash.ts'

const tags = ['Users']

export function userRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/users',
    config: { access: 'users:read', errors: ['service_unavailable'] },
    schema: {
      operationId: 'listUsers',
      summary: 'List users',
      tags,
      querystring: schema.UserListQuery,
      response: { 200: schema.UserPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.userSorts)
      const listed = await users.listUsers(context, request.query, list)
      return answerList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/users',
    config: { access: 'users:write', idempotencyKey: true, tagged: true },
    schema: {
      operationId: 'createUser',
      summary: 'Create a user',
      description: 'A role other than `normal` needs every scope that the role opens.',
      tags,
      body: schema.UserCreate,
      response: { 201: schema.CreatedUser },
    },
    handler: (request, reply) => {
      users.requireMayCreate(request.actor(), request.body)
      return answerOnce(
        context,
        request,
        reply,
        (inside) => users.createUser(inside, request.actor(), request.body),
        ({ etag, resource }) => ({
          status: 201,
          headers: { location: `/api/v1/users/${resource.id}`, etag },
          body: resource,
        }),
      )
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/users/batch',
    config: {
      access: 'users:write',
      idempotencyKey: true,
      documentedBody: userBatch.Sent,
      errors: ['resource_not_found', 'precondition_failed'],
    },
    schema: {
      operationId: 'changeUsers',
      summary: 'Create, change and delete up to 100 users',
      description:
        'Every item has a result of its own, as its single call would have; `resource` is the user as lists show it. With `atomic=true` the first item that fails ends the request with its error, and nothing is done.',
      tags,
      querystring: BatchQuery,
      body: BatchBody,
      response: { 200: userBatch.Answer },
    },
    handler: (request, reply) => {
      const batch = readBatch<UserBatchItem>(userBatch.checks, request.body, request.query)
      return answerOnce(
        context,
        request,
        reply,
        (inside) => changeUsers(inside, request.actor(), batch),
        batchAnswer,
      )
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/users/export',
    config: { access: 'users:read', answerTypes: exportTypes, errors: ['service_unavailable'] },
    schema: {
      operationId: 'exportUsers',
      summary: 'Download all users, or those that a filter lets through',
      description:
        'NDJSON, or CSV when the `Accept` header or `format` asks for it; the oldest first. The answer is streamed; when it breaks off it is not whole, and the connection says so.',
      tags,
      querystring: schema.UserExportQuery,
      response: { 200: ExportAnswer },
    },
    handler: async (request, reply) => {
      const { format, ...filter } = request.query
      return answerExport(
        context,
        request,
        reply,
        { name: 'users', schema: schema.User, format, nowMs: context.clock.now() },
        exportUsers(context, filter),
      )
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/users/trash',
    config: { access: 'users:write' },
    schema: {
      operationId: 'listTrashedUsers',
      summary: 'List deleted users that can be brought back, the last deleted first',
      tags,
      querystring: schema.UserTrashQuery,
      response: { 200: schema.UserTrashPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.userTrashSorts)
      return answerList(request, reply, list, await listTrashedUsers(context, list))
    },
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
    handler: async (request, reply) => answerTagged(reply, await users.getUser(context, request.params.id)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/users/:id',
    config: { access: 'users:write', tagged: true, errors: ['conflict'] },
    schema: {
      operationId: 'updateUser',
      summary: 'Change a user',
      description:
        'JSON merge patch (RFC 7396). Changing a role needs the scope `admin`. Changing more than the profile of a user needs every scope that the role of the user opens, unless it is `normal`.',
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
      return answerTagged(reply, updated)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/users/:id',
    config: { access: 'users:write', tagged: true, errors: ['conflict'] },
    schema: {
      operationId: 'deleteUser',
      summary: 'Delete a user',
      description: 'Needs every scope that the role of the user opens, unless it is `normal`.',
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
    config: { access: 'users:write', idempotencyKey: true, tagged: true },
    schema: {
      operationId: 'restoreUser',
      summary: 'Bring a deleted user back',
      description:
        'Until its `purge_at` in the trash: for 30 days, unless the server is set otherwise. A conflict names the field that somebody else has taken since; send another `username` or `email` to restore the user under it. Needs every scope that the role of the user opens, unless it is `normal`.',
      tags,
      params: IdParams,
      body: schema.UserRestore,
      response: { 200: schema.User },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) => users.restoreUser(inside, request.actor(), request.params.id, request.body),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}
