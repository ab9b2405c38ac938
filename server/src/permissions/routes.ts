import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { ExplainQuery, Explanation } from './schema.ts'
import { explain } from './service.ts'

export function permissionRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/permissions/explain',
    config: {
      access: 'signed-in',
      sdk: 'permissions.explain',
      errors: ['resource_not_found', 'permission_denied'],
    },
    schema: {
      operationId: 'explainPermission',
      summary: 'Explain whether an action is allowed, and which rule decides',
      description: [
        'For the caller, or for a credential or a user where the caller is an administrator. A document that the caller may',
        'not read looks as if it did not exist.',
      ].join(' '),
      tags: ['Roles'],
      querystring: ExplainQuery,
      response: { 200: Explanation },
    },
    handler: (request) => explain(context, request.actor(), request.principal(), request.query),
  })
}
