import type { Context } from '../context.ts'
import { pageRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { IdParams, Nothing } from '../http/schemas.ts'
import * as schema from './schema.ts'
import * as credentials from './service.ts'

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
    handler: (request) => credentials.listCredentials(context, request.actor(), pageRequest(request.query)),
  })

  app.route({
    method: 'POST',
    url: '/api/v1/credentials',
    config: { access: 'credentials:write' },
    schema: {
      operationId: 'createCredential',
      summary: 'Generate a new API key',
      description: 'The secret is in this answer only. A credential opens at most what its maker may open.',
      tags,
      body: schema.CredentialCreate,
      response: { 201: schema.CredentialWithSecret },
    },
    handler: async (request, reply) => {
      const created = await credentials.createCredential(context, request.actor(), request.body)
      return reply.code(201).header('location', `/api/v1/credentials/${created.id}`).send(created)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/credentials/:id',
    config: { access: 'credentials:read' },
    schema: {
      operationId: 'getCredential',
      summary: 'Read a credential',
      tags,
      params: IdParams,
      response: { 200: schema.Credential },
    },
    handler: (request) => credentials.getCredential(context, request.actor(), request.params.id),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/credentials/:id',
    config: { access: 'credentials:write' },
    schema: {
      operationId: 'updateCredential',
      summary: 'Change a credential',
      tags,
      params: IdParams,
      body: schema.CredentialUpdate,
      response: { 200: schema.Credential },
    },
    handler: (request) =>
      credentials.updateCredential(context, request.actor(), request.params.id, request.body),
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/credentials/:id',
    config: { access: 'credentials:write' },
    schema: {
      operationId: 'revokeCredential',
      summary: 'Revoke a credential',
      description: 'At once and for good: for its secrets and for every token issued from them.',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await credentials.revokeCredential(context, request.actor(), request.params.id)
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/credentials/:id/rotate',
    config: { access: 'credentials:write' },
    schema: {
      operationId: 'rotateCredential',
      summary: 'Replace the secret of a credential',
      description: 'The new secret works at once; the old one goes on working for the grace.',
      tags,
      params: IdParams,
      body: schema.CredentialRotate,
      response: { 200: schema.CredentialWithSecret },
    },
    handler: (request) =>
      credentials.rotateCredential(context, request.actor(), request.params.id, request.body.grace_hours),
  })
}
