import type { Context } from '../context.ts'
import { BatchBody, BatchQuery, batchAnswer, readBatch } from '../http/batch.ts'
import { answerTagged } from '../http/conditional.ts'
import { answerExport, ExportAnswer, exportTypes } from '../http/export.ts'
import { answerOnce } from '../http/idempotency.ts'
import { documentBodyBytesMax } from '../http/limits.ts'
import { answerList, listRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { IdParams, Nothing } from '../http/schemas.ts'
import { changeDocuments, type DocumentBatchItem, documentBatch } from './batch-service.ts'
import { exportDocuments } from './export-service.ts'
import { getDocumentRevision, listDocumentRevisions, restoreDocumentRevision } from './revision-service.ts'
import * as schema from './schema.ts'
import * as documents from './service.ts'
import { listTrashedDocuments } from './trash.ts'

const tags = ['Documents']

export function documentRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/documents',
    config: { access: 'documents:read', errors: ['service_unavailable'] },
    schema: {
      operationId: 'listDocuments',
      summary: 'List documents',
      tags,
      querystring: schema.DocumentListQuery,
      response: { 200: schema.DocumentPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.documentSorts)
      const listed = await documents.listDocuments(context, request.actor(), request.query, list)
      return answerList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/documents',
    bodyLimit: documentBodyBytesMax,
    config: { access: 'documents:write', idempotencyKey: true, tagged: true },
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
    method: 'POST',
    url: '/api/v1/documents/batch',
    config: {
      access: 'documents:write',
      idempotencyKey: true,
      documentedBody: documentBatch.Sent,
      errors: ['resource_not_found', 'precondition_failed'],
    },
    schema: {
      operationId: 'changeDocuments',
      summary: 'Create, change and delete up to 100 documents',
      description:
        'Every item has a result of its own, as its single call would have; `resource` is the document as lists show it. With `atomic=true` the first item that fails ends the request with its error, and nothing is done.',
      tags,
      querystring: BatchQuery,
      body: BatchBody,
      response: { 200: documentBatch.Answer },
    },
    handler: (request, reply) => {
      const batch = readBatch<DocumentBatchItem>(documentBatch.checks, request.body, request.query)
      return answerOnce(
        context,
        request,
        reply,
        (inside) => changeDocuments(inside, request.actor(), batch),
        batchAnswer,
      )
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/documents/export',
    config: { access: 'documents:read', answerTypes: exportTypes, errors: ['service_unavailable'] },
    schema: {
      operationId: 'exportDocuments',
      summary: 'Download all documents, or those that a filter lets through',
      description:
        'NDJSON, or CSV when the `Accept` header or `format` asks for it; the oldest first. The answer is streamed; when it breaks off it is not whole, and the connection says so.',
      tags,
      querystring: schema.DocumentExportQuery,
      response: { 200: ExportAnswer },
    },
    handler: async (request, reply) => {
      const { format, ...filter } = request.query
      return answerExport(
        context,
        request,
        reply,
        { name: 'documents', schema: schema.Document, format, nowMs: context.clock.now() },
        exportDocuments(context, request.actor(), filter),
      )
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/documents/trash',
    config: { access: 'documents:write' },
    schema: {
      operationId: 'listTrashedDocuments',
      summary: 'List deleted documents that can be brought back, the last deleted first',
      tags,
      querystring: schema.DocumentTrashQuery,
      response: { 200: schema.DocumentTrashPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.documentTrashSorts)
      return answerList(request, reply, list, await listTrashedDocuments(context, list))
    },
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
      answerTagged(reply, await documents.getDocument(context, request.actor(), request.params.id)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/documents/:id',
    bodyLimit: documentBodyBytesMax,
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
      return answerTagged(reply, updated)
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
    config: { access: 'documents:write', idempotencyKey: true, tagged: true },
    schema: {
      operationId: 'restoreDocument',
      summary: 'Bring a deleted document back',
      description: 'Until its `purge_at` in the trash: for 30 days, unless the server is set otherwise.',
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
      const list = listRequest(request.query, schema.revisionSorts)
      const listed = await listDocumentRevisions(context, request.actor(), request.params.id, list)
      return answerList(request, reply, list, listed)
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
      return answerTagged(reply, await getDocumentRevision(context, request.actor(), id, version))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/documents/:id/revisions/:version/restore',
    config: { access: 'documents:write', idempotencyKey: true, tagged: true },
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
