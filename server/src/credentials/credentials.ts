import { IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { resource } from '../resource/resource.ts'
import { endPreviousSecret, revokeCredential } from './revocation.ts'
import * as schema from './schema.ts'
import { createCredential, listCredentials, record, rotateCredential, updateCredential } from './service.ts'

export const credentials = resource({
  name: 'credential',
  plural: 'credentials',
  tag: 'Credentials',
  reads: 'credentials:read',
  writes: 'credentials:write',
  isOwned: true,
  schema: {
    full: schema.Credential,
    listed: schema.Credential,
    created: schema.CredentialWithSecret,
    create: schema.CredentialCreate,
    update: schema.CredentialUpdate,
    filters: schema.CredentialFilters,
    deletion: schema.Revocation,
  },
  sorts: schema.credentialSorts,
  words: {
    list: {
      summary: 'List credentials, newest first',
      description: 'Callers who are not administrators see only their own.',
    },
    create: {
      summary: 'Create a credential',
      description:
        'The secret is shown in this response only. A credential cannot have a scope that its creator lacks. One that is created by another credential cannot expire later or be used from more addresses than that; fields that are left out are inherited. A tier other than `standard` requires the scope `admin`.',
      errors: ['conflict'],
    },
    update: {
      description:
        'Fields that are left out keep their value; `null` clears an optional field. Changing the tier or the owner requires the scope `admin`. A credential can change only credentials whose scopes and limits do not exceed its own.\n\nJSON merge patch (RFC 7396).',
      errors: ['conflict'],
    },
    delete: {
      operationId: 'revokeCredential',
      summary: 'Revoke a credential',
      description:
        'Takes effect at once and cannot be undone: its secrets and every token issued from them stop working, and so do the credentials that it created.',
    },
  },
  confirm: { create: true, update: true },
  actions: record.actions,
  auditActions: ['credential.rotate', 'credential.end_previous_secret'],
  showsSecret: true,
  list: listCredentials,
  get: record.get,
  create: createCredential,
  update: updateCredential,
  delete: revokeCredential,
  routes(app, context) {
    rotateRoute(app, context)
    endRoute(app, context)
  },
})

function rotateRoute(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/credentials/:id/rotate',
    config: {
      access: 'credentials:write',
      sdk: 'credentials.rotate',
      confirm: true,
      idempotencyKey: true,
      tagged: true,
      shows: { reads: 'credentials:read', made: ['id', 'client_secret'] },
      showsSecret: 'credential',
    },
    schema: {
      operationId: 'rotateCredential',
      summary: 'Replace the secret of a credential',
      description:
        'The new secret works at once and is shown in this response only. The old one continues to work for `grace_hours`.',
      tags: ['Credentials'],
      params: IdParams,
      body: schema.CredentialRotate,
      response: { 200: schema.CredentialWithSecret, 201: schema.ClientSecret },
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

function endRoute(app: App, context: Context): void {
  app.route({
    method: 'DELETE',
    url: '/api/v1/credentials/:id/previous-secret',
    config: {
      access: 'credentials:write',
      sdk: 'credentials.endPreviousSecret',
      ownersToo: true,
      tagged: true,
    },
    schema: {
      operationId: 'endPreviousSecretOfCredential',
      summary: 'End the grace period of the previous secret of a credential',
      description:
        'The previous secret stops working at once; access tokens stay valid until they expire. If there is none, nothing changes.',
      tags: ['Credentials'],
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const ifMatch = request.headers['if-match']
      await context.database.write(endPreviousSecret(context, request.actor(), request.params.id, ifMatch))
      return reply.code(204).send()
    },
  })
}
