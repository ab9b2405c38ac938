import { listRequest, sendList } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { ExportResponse, exportTypes, sendExport } from '../http/export.ts'
import type { App } from '../http/pipeline.ts'
import { AuditHead, auditSchemas, auditSorts } from './schema.ts'
import * as audit from './service.ts'

type Schemas = ReturnType<typeof auditSchemas>

export function auditRoutes(app: App, context: Context): void {
  const schemas = auditSchemas(context.catalog.auditActions)
  listRoute(app, context, schemas)
  exportRoute(app, context, schemas)
  headRoute(app, context)
}

function listRoute(app: App, context: Context, { query, page }: Schemas): void {
  app.route({
    method: 'GET',
    url: '/api/v1/audit-log',
    config: { access: 'audit:read', sdk: 'auditLog.list' },
    schema: {
      operationId: 'listAuditLog',
      summary: 'List who changed what, newest first',
      description:
        'Every change is recorded, in the transaction of the change itself. Filters are combined. Callers whose rules narrow `documents:read` get a 403.',
      tags: ['Audit log'],
      querystring: query,
      response: { 200: page },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, auditSorts)
      return sendList(
        request,
        reply,
        list,
        await audit.listAudit(context, request.actor(), request.query, list),
      )
    },
  })
}

function exportRoute(app: App, context: Context, { exportQuery, AuditRecord }: Schemas): void {
  app.route({
    method: 'GET',
    url: '/api/v1/audit-log/export',
    config: {
      access: 'audit:read',
      sdk: 'auditLog.export',
      responseTypes: exportTypes,
      errors: ['service_unavailable'],
    },
    schema: {
      operationId: 'exportAuditLog',
      summary: 'Export the audit log, oldest first',
      description:
        'All rows that match the filters, with their places in the chain, as one streamed response; the export is itself recorded.\n\nNDJSON, or CSV if the `Accept` header or `format` requests it. If the connection ends with an error, the export is incomplete.',
      tags: ['Audit log'],
      querystring: exportQuery,
      response: { 200: ExportResponse },
    },
    handler: (request, reply) => {
      const { format, formulas } = request.query
      const nowMs = context.clock.now()
      const exported = {
        name: 'audit-log',
        action: 'audit_log.export',
        schema: AuditRecord,
        format,
        formulas,
        nowMs,
      }
      return sendExport(
        context,
        request,
        reply,
        exported,
        audit.exportAudit(context, request.actor(), request.query),
      )
    },
  })
}

function headRoute(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/audit-log/head',
    config: { access: 'audit:read', sdk: 'auditLog.head' },
    schema: {
      operationId: 'getAuditHead',
      summary: 'Get the head of the chain of the audit log',
      description:
        'Each row holds a hash over the row before it, so the hash of the last one stands for all of them. Keep a copy where nobody who can change the database can change it.',
      tags: ['Audit log'],
      response: { 200: AuditHead },
    },
    handler: (request) => audit.auditHead(context, request.actor()),
  })
}
