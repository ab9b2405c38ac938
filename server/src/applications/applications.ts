import { closed, IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { dueTask } from '../db/due-task.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { hourMs, minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { resource } from '../resource/resource.ts'
import { deleteEndedRequests } from './device-store.ts'
import * as schema from './schema.ts'
import * as service from './service.ts'
import { deleteEnded } from './sign-in-store.ts'

export const applications = resource({
  name: 'application',
  plural: 'applications',
  tag: 'Applications',
  about: 'Programs that people sign in to, and that then act for them',
  reads: 'admin',
  writes: 'admin',
  schema: {
    full: schema.Application,
    listed: schema.Application,
    created: schema.ApplicationWithSecret,
    create: schema.ApplicationCreate,
    update: schema.ApplicationUpdate,
    filters: closed({}),
  },
  sorts: schema.applicationSorts,
  words: {
    list: { summary: 'List applications, newest first' },
    create: {
      summary: 'Create an application',
      description: `People can sign in to it from this response on, by the authorization code flow with PKCE. The secret of a server is shown in this response only. At most ${schema.applicationsMax} applications.`,
      errors: ['conflict'],
    },
    get: { summary: 'Get an application' },
    update: {
      summary: 'Update an application',
      description:
        'Lists are replaced as a whole. A scope or a role that is taken away ends at once for all its tokens.\n\nJSON merge patch (RFC 7396).',
    },
    delete: {
      summary: 'Delete an application',
      description: 'All its tokens end at once, and what people allowed it is forgotten.',
    },
  },
  confirm: { create: true, update: true },
  showsSecret: true,
  auditActions: [
    'application.rotate_secret',
    'application.sign_in',
    'application.withdraw',
    'application.end_replayed',
    'application.refuse_token',
  ],
  list: service.listApplications,
  get: service.record.get,
  create: service.createApplication,
  update: service.updateApplication,
  delete: service.deleteApplication,
  tasks: (context) => [
    dueTask(context, 'forget sign-ins to applications that have ended', hourMs, {
      // Clocks of processes may differ.
      keptMs: minuteMs,
      atOnce: 200,
      run: ({ db }, dueMs, limit) => deleteEnded(db, toTimestamp(dueMs), limit),
    }),
    dueTask(context, 'forget devices that nobody allowed', 10 * minuteMs, {
      keptMs: minuteMs,
      atOnce: 1_000,
      run: ({ db }, dueMs, limit) => deleteEndedRequests(db, toTimestamp(dueMs), limit),
    }),
  ],
  routes: rotateRoute,
})

function rotateRoute(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/applications/:id/rotate-secret',
    config: {
      access: 'admin',
      sdk: 'applications.rotateSecret',
      confirm: true,
      idempotencyKey: true,
      tagged: true,
      showsSecret: 'application',
      errors: ['conflict'],
    },
    schema: {
      operationId: 'rotateApplicationSecret',
      summary: 'Replace the secret of an application',
      description:
        'For one of the kind `server`. The new secret is shown in this response only, and replaces the old one at once; people stay signed in.',
      tags: ['Applications'],
      params: IdParams,
      response: { 200: schema.ApplicationWithSecret },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => service.rotateSecret(context, request.actor(), request.params.id),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}
