import type { Context } from '../context.ts'
import { pageRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { IdParams, Nothing } from '../http/schemas.ts'
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
    handler: (request) =>
      documents.listDocuments(context, request.actor(), request.query, pageRequest(request.query)),
  })

  app.route({
    method: 'POST',
    url: '/api/v1/documents',
    config: { access: 'documents:write' },
    schema: {
      operationId: 'createDocument',
      summary: 'Create a document',
      tags,
      body: schema.DocumentCreate,
      response: { 201: schema.Document },
    },
    handler: async (request, reply) => {
      const created = await documents.createDocument(context, request.actor(), request.body)
      return reply.code(201).header('location', `/api/v1/documents/${created.id}`).send(created)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/documents/:id',
    config: { access: 'documents:read' },
    schema: {
      operationId: 'getDocument',
      summary: 'Read a document',
      tags,
      params: IdParams,
      response: { 200: schema.Document },
    },
    handler: (request) => documents.getDocument(context, request.actor(), request.params.id),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/documents/:id',
    config: { access: 'documents:write' },
    schema: {
      operationId: 'updateDocument',
      summary: 'Change a document',
      description: 'JSON merge patch (RFC 7396). Setting `status` to `published` publishes the document.',
      tags,
      params: IdParams,
      body: schema.DocumentUpdate,
      response: { 200: schema.Document },
    },
    handler: (request) => documents.updateDocument(context, request.actor(), request.params.id, request.body),
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/documents/:id',
    config: { access: 'documents:write' },
    schema: {
      operationId: 'deleteDocument',
      summary: 'Delete a document',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await documents.deleteDocument(context, request.actor(), request.params.id)
      return reply.code(204).send()
    },
  })
}
