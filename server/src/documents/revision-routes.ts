import { sendTagged } from '../api/conditional.ts'
import { listRequest, sendList } from '../api/paging.ts'
import { IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { hookErrors } from '../hooks/consult.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { getDocumentRevision, listDocumentRevisions, restoreDocumentRevision } from './revision-service.ts'
import * as schema from './schema.ts'

const tags = ['Documents']

export function revisionRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/documents/:id/revisions',
    config: { access: 'documents:read', sdk: 'documents.revisions' },
    schema: {
      operationId: 'listDocumentRevisions',
      summary: 'List the versions of a document, newest first',
      tags,
      params: IdParams,
      querystring: schema.RevisionListQuery,
      response: { 200: schema.RevisionPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.revisionSorts)
      const listed = await listDocumentRevisions(context, request.actor(), request.params.id, list)
      return sendList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/documents/:id/revisions/:version',
    config: { access: 'documents:read', sdk: 'documents.revision', tagged: true },
    schema: {
      operationId: 'getDocumentRevision',
      summary: 'Get a version of a document',
      tags,
      params: schema.RevisionParams,
      response: { 200: schema.Revision },
    },
    handler: async (request, reply) => {
      const { id, version } = request.params
      return sendTagged(reply, await getDocumentRevision(context, request.actor(), id, version))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/documents/:id/revisions/:version/restore',
    config: {
      access: 'documents:write',
      sdk: 'documents.restoreRevision',
      idempotencyKey: true,
      tagged: true,
      shows: { reads: 'documents:read' },
      errors: hookErrors.create,
    },
    schema: {
      operationId: 'restoreDocumentRevision',
      summary: 'Restore the text of an earlier version as a new version',
      tags,
      params: schema.RevisionParams,
      response: { 200: schema.Document, 204: Nothing },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => restoreDocumentRevision(context, request.actor(), request.params.id, request.params.version),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}
