import type { Context } from '../context.ts'
import { answerTagged } from '../http/conditional.ts'
import { answerOnce } from '../http/idempotency.ts'
import { answerList, answerPage, listRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { IdParams, Nothing } from '../http/schemas.ts'
import { getDocumentRevision, listDocumentRevisions, restoreDocumentRevision } from './revision-service.ts'
import * as schema from './schema.ts'
import * as documents from './service.ts'

const tags = ['Documents']

export function documentRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/documents',
    config: { access: 'documents:read' },
    schema: {
      operationId: 'listDocuments',
      summary: 'List documents',
      tags,
      querystring: schema.DocumentListQuery,
      response: { 200: schema.DocumentPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query)
      const listed = await documents.listDocuments(context, request.actor(), request.query, list)
      return answerList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/documents',
    config: { access: 'documents:write', idempotencyKey: true },
    schema: {
      operationId: 'createDocument',
      summary: 'Create a document',
      tags,
      body: schema.DocumentCreate,
      response: { 201: schema.Document },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) => documents.createDocument(inside, request.actor(), request.body),
        ({ etag, resource }) => ({
          status: 201,
          headers: { location: `/api/v1/documents/${resource.id}`, etag },
          body: resource,
        }),
      ),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/documents/:id',
    config: { access: 'documents:read', tagged: true },
    schema: {
      operationId: 'getDocument',
      summary: 'Read a document',
      tags,
      params: IdParams,
      response: { 200: schema.Document },
    },
    handler: async (request, reply) =>
      answerTagged(request, reply, await documents.getDocument(context, request.actor(), request.params.id)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/documents/:id',
    config: { access: 'documents:write', tagged: true },
    schema: {
      operationId: 'updateDocument',
      summary: 'Change a document',
      description: 'JSON merge patch (RFC 7396).',
      tags,
      params: IdParams,
      body: schema.DocumentUpdate,
      response: { 200: schema.Document },
    },
    handler: async (request, reply) => {
      const ifMatch = request.headers['if-match']
      const updated = await documents.updateDocument(
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
    url: '/api/v1/documents/:id',
    config: { access: 'documents:write', tagged: true },
    schema: {
      operationId: 'deleteDocument',
      summary: 'Delete a document',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await documents.deleteDocument(context, request.actor(), request.params.id, request.headers['if-match'])
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/documents/:id/restore',
    config: { access: 'documents:write', idempotencyKey: true },
    schema: {
      operationId: 'restoreDocument',
      summary: 'Bring a deleted document back',
      description: 'Within 30 days of the deletion.',
      tags,
      params: IdParams,
      response: { 200: schema.Document },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) => documents.restoreDocument(inside, request.actor(), request.params.id),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/documents/:id/revisions',
    config: { access: 'documents:read' },
    schema: {
      operationId: 'listDocumentRevisions',
      summary: 'List the versions of a document, newest first',
      tags,
      params: IdParams,
      querystring: schema.RevisionListQuery,
      response: { 200: schema.RevisionPage },
    },
    handler: async (request, reply) => {
      const { page = 1, limit = 20 } = request.query
      const listed = await listDocumentRevisions(context, request.actor(), request.params.id, { page, limit })
      return answerPage(request, reply, { page, limit }, listed)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/documents/:id/revisions/:version',
    config: { access: 'documents:read', tagged: true },
    schema: {
      operationId: 'getDocumentRevision',
      summary: 'Read one version of a document',
      tags,
      params: schema.RevisionParams,
      response: { 200: schema.Revision },
    },
    handler: async (request, reply) => {
      const { id, version } = request.params
      return answerTagged(request, reply, await getDocumentRevision(context, request.actor(), id, version))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/documents/:id/revisions/:version/restore',
    config: { access: 'documents:write', idempotencyKey: true },
    schema: {
      operationId: 'restoreDocumentRevision',
      summary: 'Bring the text of an old version back, as a new version',
      tags,
      params: schema.RevisionParams,
      response: { 200: schema.Document },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) =>
          restoreDocumentRevision(inside, request.actor(), request.params.id, request.params.version),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}
