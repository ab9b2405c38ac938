import { closed, IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { resource } from '../resource/resource.ts'
import * as schema from './schema.ts'
import {
  createCredential,
  listCredentials,
  record,
  revokeCredential,
  rotateCredential,
  updateCredential,
} from './service.ts'

export const credentials = resource({
  name: 'credential',
  plural: 'credentials',
  tag: 'Credentials',
  reads: 'credentials:read',
  writes: 'credentials:write',
  schema: {
    full: schema.Credential,
    listed: schema.Credential,
    created: schema.CredentialWithSecret,
    create: schema.CredentialCreate,
    update: schema.CredentialUpdate,
    filters: closed({}),
  },
  sorts: schema.credentialSorts,
  words: {
    list: {
      summary: 'List credentials, newest first',
      description: 'Who is not an administrator sees only their own.',
    },
    create: {
      summary: 'Generate a new API key',
      description: 'The secret is in this answer only. A credential opens at most what its maker may open.',
    },
    update: { errors: ['conflict'], description: undefined },
    delete: {
      operationId: 'revokeCredential',
      summary: 'Revoke a credential',
      description: 'At once and for good: for its secrets and for every token issued from them.',
    },
  },
  actions: { delete: 'revoke' },
  auditActions: ['credential.rotate'],
  list: listCredentials,
  get: record.get,
  create: createCredential,
  update: updateCredential,
  delete: revokeCredential,
  routes: rotateRoute,
})

function rotateRoute(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/credentials/:id/rotate',
    config: { access: 'credentials:write', sdk: 'credentials.rotate', idempotencyKey: true, tagged: true },
    schema: {
      operationId: 'rotateCredential',
      summary: 'Replace the secret of a credential',
      description: 'The new secret works at once; the old one goes on working for the grace.',
      tags: ['Credentials'],
      params: IdParams,
      body: schema.CredentialRotate,
      response: { 200: schema.CredentialWithSecret },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => rotateCredential(context, request.actor(), request.params.id, request.body.grace_hours),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}
