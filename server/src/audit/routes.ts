import type { Context } from '../context.ts'
import { answerList, listRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import * as schema from './schema.ts'
import * as audit from './service.ts'

export function auditRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/audit-log',
    config: { access: 'audit:read' },
    schema: {
      operationId: 'listAuditLog',
      summary: 'List who changed what, newest first',
      description: 'Every change is here, written with the change itself. Filters narrow each other.',
      tags: ['Audit log'],
      querystring: schema.AuditListQuery,
      response: { 200: schema.AuditPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.auditSorts)
      return answerList(request, reply, list, await audit.listAudit(context, request.query, list))
    },
  })
}
