import { listRequest, sendList } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { auditSchemas, auditSorts } from './schema.ts'
import * as audit from './service.ts'

export function auditRoutes(app: App, context: Context): void {
  const { query, page } = auditSchemas(context.catalog.auditActions)
  app.route({
    method: 'GET',
    url: '/api/v1/audit-log',
    config: { access: 'audit:read', sdk: 'auditLog.list' },
    schema: {
      operationId: 'listAuditLog',
      summary: 'List who changed what, newest first',
      description: 'Every change is recorded, in the transaction of the change itself. Filters are combined.',
      tags: ['Audit log'],
      querystring: query,
      response: { 200: page },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, auditSorts)
      return sendList(request, reply, list, await audit.listAudit(context, request.query, list))
    },
  })
}
