import type { Context } from '../context.ts'
import { answerTagged } from '../http/conditional.ts'
import { answerOnce } from '../http/idempotency.ts'
import { answerList, listRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { IdParams, Nothing } from '../http/schemas.ts'
import * as schema from './schema.ts'
import * as credentials from './service.ts'
import * as usageSchema from './usage-schema.ts'
import { credentialUsage, totalUsage } from './usage-service.ts'

const tags = ['Credentials']

export function credentialRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/credentials',
    config: { access: 'credentials:read' },
    schema: {
      operationId: 'listCredentials',
      summary: 'List credentials, newest first',
      description: 'Who is not an administrator sees only their own.',
      tags,
      querystring: schema.CredentialListQuery,
      response: { 200: schema.CredentialPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.credentialSorts)
      const listed = await credentials.listCredentials(context, request.actor(), list)
      return answerList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/credentials',
    config: { access: 'credentials:write', idempotencyKey: true, tagged: true },
    schema: {
      operationId: 'createCredential',
      summary: 'Generate a new API key',
      description: 'The secret is in this answer only. A credential opens at most what its maker may open.',
      tags,
      body: schema.CredentialCreate,
      response: { 201: schema.CredentialWithSecret },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) => credentials.createCredential(inside, request.actor(), request.body),
        ({ etag, resource }) => ({
          status: 201,
          headers: { location: `/api/v1/credentials/${resource.id}`, etag },
          body: resource,
        }),
      ),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/credentials/:id',
    config: { access: 'credentials:read', tagged: true },
    schema: {
      operationId: 'getCredential',
      summary: 'Read a credential',
      tags,
      params: IdParams,
      response: { 200: schema.Credential },
    },
    handler: async (request, reply) =>
      answerTagged(reply, await credentials.getCredential(context, request.actor(), request.params.id)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/credentials/:id',
    config: { access: 'credentials:write', tagged: true, errors: ['conflict'] },
    schema: {
      operationId: 'updateCredential',
      summary: 'Change a credential',
      tags,
      params: IdParams,
      body: schema.CredentialUpdate,
      response: { 200: schema.Credential },
    },
    handler: async (request, reply) => {
      const ifMatch = request.headers['if-match']
      const { id } = request.params
      return answerTagged(
        reply,
        await credentials.updateCredential(context, request.actor(), id, request.body, ifMatch),
      )
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/credentials/:id',
    config: { access: 'credentials:write', tagged: true },
    schema: {
      operationId: 'revokeCredential',
      summary: 'Revoke a credential',
      description: 'At once and for good: for its secrets and for every token issued from them.',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await credentials.revokeCredential(
        context,
        request.actor(),
        request.params.id,
        request.headers['if-match'],
      )
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/credentials/:id/rotate',
    config: { access: 'credentials:write', idempotencyKey: true, tagged: true },
    schema: {
      operationId: 'rotateCredential',
      summary: 'Replace the secret of a credential',
      description: 'The new secret works at once; the old one goes on working for the grace.',
      tags,
      params: IdParams,
      body: schema.CredentialRotate,
      response: { 200: schema.CredentialWithSecret },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) =>
          credentials.rotateCredential(inside, request.actor(), request.params.id, request.body.grace_hours),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/credentials/:id/usage',
    config: { access: 'credentials:read' },
    schema: {
      operationId: 'getCredentialUsage',
      summary: 'Report what a credential was used for, by the hour or the day',
      description: [
        'With a row for every hour or day, also where there was nothing. Requests that came with a key or a token of the',
        'credential count, getting a token does not. Counts are written down every few seconds and kept for 400 days.',
      ].join(' '),
      tags,
      params: IdParams,
      querystring: usageSchema.UsageQuery,
      response: { 200: usageSchema.CredentialUsage },
    },
    handler: (request) => credentialUsage(context, request.actor(), request.params.id, request.query),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/usage',
    config: { access: 'credentials:read' },
    schema: {
      operationId: 'getTotalUsage',
      summary: 'Report what all credentials together were used for, by the minute, the hour or the day',
      description: [
        'Who is not an administrator gets the report on their own. As the report on one credential; minutes are kept for 24',
        'hours.',
      ].join(' '),
      tags,
      querystring: usageSchema.TotalUsageQuery,
      response: { 200: usageSchema.TotalUsage },
    },
    handler: (request) => totalUsage(context, request.actor(), request.query),
  })
}
