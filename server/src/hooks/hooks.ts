import { closed, IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { resource } from '../resource/resource.ts'
import { hookActionNames } from './actions.ts'
import { hookCallRoutes } from './call-routes.ts'
import { callPruning } from './call-service.ts'
import * as schema from './schema.ts'
import {
  createHook,
  deleteHook,
  endPreviousSecret,
  listHooks,
  record,
  rotateSecret,
  updateHook,
} from './service.ts'
import { type Subjects, testHook } from './testing.ts'

/** @param subjects the records that hooks are called about */
export function hooks(subjects: Subjects) {
  return resource({
    name: 'hook',
    plural: 'hooks',
    tag: 'Hooks',
    about: 'URLs that are called before a change, and may refuse it or change what is written',
    reads: 'admin',
    writes: 'admin',
    schema: {
      full: schema.Hook,
      listed: schema.Hook,
      created: schema.HookWithSecret,
      create: schema.HookCreate,
      update: schema.HookUpdate,
      filters: closed({}),
    },
    sorts: schema.hookSorts,
    words: {
      list: { summary: 'List hooks, in the order in which they are called' },
      create: {
        summary: 'Create a hook',
        description: [
          `From this response on, it is called before each of its actions: ${hookActionNames.join(', ')}. Other processes`,
          `of the server follow within a second. At most ${schema.hooksMax} hooks. The secret is shown in this response only.`,
        ].join(' '),
        errors: ['conflict'],
      },
      get: { summary: 'Get a hook with its health' },
      update: { summary: 'Update, pause or resume a hook' },
      delete: { summary: 'Delete a hook', description: 'Its calls stay in the log until they are too old.' },
    },
    confirm: { create: true, update: true },
    auditActions: ['hook.rotate_secret', 'hook.end_previous_secret', 'hook.test'],
    showsSecret: true,
    list: listHooks,
    get: record.get,
    create: createHook,
    update: updateHook,
    delete: deleteHook,
    tasks: (context) => [callPruning(context)],
    routes(app, context) {
      rotateRoute(app, context)
      previousSecretRoute(app, context)
      testRoute(app, context, subjects)
      hookCallRoutes(app, context)
    },
  })
}

function rotateRoute(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/hooks/:id/rotate-secret',
    config: {
      access: 'admin',
      sdk: 'hooks.rotateSecret',
      confirm: true,
      idempotencyKey: true,
      tagged: true,
      showsSecret: 'hook',
    },
    schema: {
      operationId: 'rotateHookSecret',
      summary: 'Replace the secret of a hook',
      description:
        'The new secret is shown in this response only. For `overlap_hours`, `webhook-signature` carries a signature by each of the two secrets; `X-Webhook-Signature` uses the new one at once.',
      tags: ['Hooks'],
      params: IdParams,
      body: schema.HookSecretRotate,
      response: { 200: schema.HookWithSecret },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => rotateSecret(context, request.actor(), request.params.id, request.body),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}

function previousSecretRoute(app: App, context: Context): void {
  app.route({
    method: 'DELETE',
    url: '/api/v1/hooks/:id/previous-secret',
    config: { access: 'admin', sdk: 'hooks.endPreviousSecret', tagged: true },
    schema: {
      operationId: 'endPreviousSecretOfHook',
      summary: 'End the overlap of the previous secret of a hook',
      description:
        'The previous secret no longer signs; other processes of the server follow within a second. If there is none, nothing changes.',
      tags: ['Hooks'],
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

function testRoute(app: App, context: Context, subjects: Subjects): void {
  app.route({
    method: 'POST',
    url: '/api/v1/hooks/:id/test',
    config: { access: 'admin', sdk: 'hooks.test', idempotencyKey: true },
    schema: {
      operationId: 'testHook',
      summary: 'Call a hook as a change would',
      description:
        'Sends a signed call with `"test": true` about a user or a document that exists, or about a sample for a create, and shows what would follow. Nothing is changed; also a paused hook is called.',
      tags: ['Hooks'],
      params: IdParams,
      body: schema.HookTest,
      response: { 200: schema.HookTested },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => testHook(context, request.actor(), request.params.id, request.body, subjects),
        (body) => ({ status: 200, body }),
      ),
  })
}
