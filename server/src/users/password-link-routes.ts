import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { passwordLinkFor } from './password-link.ts'
import { PasswordLink, PasswordLinkCreate } from './schema.ts'

export function userPasswordLinkRoutes(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/users/:id/password-link',
    config: {
      access: 'users:write',
      sdk: 'users.createPasswordLink',
      confirm: true,
      confidential: true,
      idempotencyKey: true,
      showsSecret: 'user',
      errors: ['conflict'],
    },
    schema: {
      operationId: 'createPasswordLink',
      summary: 'Let a user set a password with a one-time link',
      description:
        'The link is mailed to the user: an invitation, which works for 7 days, to a user without a password, and otherwise a link that works for an hour. Where the server sends no mail, the response shows the link, to be handed over. It replaces the former link of the user. Requires every scope that the role of the user opens, unless it is `normal`.',
      tags: ['Users'],
      params: IdParams,
      body: PasswordLinkCreate,
      response: { 200: PasswordLink },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        async () =>
          passwordLinkFor(context, request.actor(), request.params.id, request.body.language ?? undefined),
        (link) => ({ status: 200, headers: { 'cache-control': 'no-store' }, body: link }),
      ),
  })
}
