import { IdParams, Nothing } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import { ExportResponse, sendExport } from '../http/export.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { personalData } from './personal-data.ts'
import * as schema from './schema.ts'
import * as erasures from './service.ts'

const tags = ['Users']
const Lines = Type.Unsafe<string>({
  ...ExportResponse,
  description: 'One JSON object per line',
  'x-rows': schema.PersonalDataLine,
})
const whatItHolds =
  'One JSON object per line, with a `kind` and its `data`: profile, session, credential, credential_request, mail, webhook, usage, document, revision, event, delivery, audit. Secrets and the texts of documents are left out.'

/** All that is held about a person, and the end of it. */
export function erasureRoutes(app: App, context: Context): void {
  personalDataRoutes(app, context)
  requestRoutes(app, context)
  waitingRoutes(app, context)
}

function personalDataRoutes(app: App, context: Context): void {
  const config = { responseTypes: ['application/x-ndjson'], errors: ['service_unavailable'] } as const
  const exportOf = (id: number) => ({
    name: `personal-data-${id}`,
    action: 'user.export_personal_data',
    targetId: id,
    schema: schema.PersonalDataLine,
    format: 'ndjson' as const,
    nowMs: context.clock.now(),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/users/:id/personal-data',
    config: {
      ...config,
      access: 'admin',
      confirm: true,
      sdk: 'users.personalData',
    },
    schema: {
      operationId: 'exportPersonalData',
      summary: 'Download all data about a person',
      description: `${whatItHolds} Also works for a deleted user, until the person is erased.`,
      tags,
      params: IdParams,
      response: { 200: Lines },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      return sendExport(
        context,
        request,
        reply,
        exportOf(id),
        await personalData(context, id, { isOwn: false }),
      )
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/me/personal-data',
    config: { ...config, access: 'person', sdk: 'me.personalData' },
    schema: {
      operationId: 'exportMyPersonalData',
      summary: 'Download all data about the signed-in user',
      description: `${whatItHolds} Others who changed something about the user are not named.`,
      tags: ['Me'],
      response: { 200: Lines },
    },
    handler: async (request, reply) => {
      const { id } = request.person()
      return sendExport(
        context,
        request,
        reply,
        exportOf(id),
        await personalData(context, id, { isOwn: true }),
      )
    },
  })
}

function requestRoutes(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/users/:id/erase',
    config: {
      access: 'admin',
      confirm: true,
      sdk: 'users.erase',
      idempotencyKey: true,
      errors: ['conflict'],
    },
    schema: {
      operationId: 'eraseUser',
      summary: 'Erase a person permanently, after a waiting period',
      description: [
        'Suspends the user at once and ends all sessions. At `due_at` the profile, the username and the email address are',
        'removed, and what events, deliveries and the audit log contain about the person becomes unreadable. Credentials',
        'of the user are revoked and webhooks deleted: hand over those that are still needed beforehand. Documents stay,',
        'with the id of the author. The last active administrator cannot be erased. Also works for a deleted user.\n\nThe',
        'erasure itself cannot be undone; until then DELETE cancels it.',
      ].join(' '),
      tags,
      params: IdParams,
      body: schema.EraseRequest,
      response: { 202: schema.Erasure },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => erasures.requestErasure(context, request.actor(), request.params.id, request.body),
        (erasure) => ({
          status: 202,
          headers: { location: `/api/v1/users/${erasure.user_id}/erasure` },
          body: erasure,
        }),
      ),
  })
}

function waitingRoutes(app: App, context: Context): void {
  app.route({
    method: 'DELETE',
    url: '/api/v1/users/:id/erase',
    config: { access: 'admin', confirm: true, sdk: 'users.cancelErasure', errors: ['conflict'] },
    schema: {
      operationId: 'cancelErasure',
      summary: 'Cancel the pending erasure of a person',
      description: 'The user gets the previous status back. Ended sessions are not restored.',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await context.database.write(erasures.cancelErasure(context, request.actor(), request.params.id))
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/users/:id/erasure',
    config: { access: 'admin', sdk: 'users.erasure' },
    schema: {
      operationId: 'getErasure',
      summary: 'Get the erasure of a person: when it is due, or its receipt',
      tags,
      params: IdParams,
      response: { 200: schema.Erasure },
    },
    handler: (request) => erasures.getErasure(context, request.params.id),
  })
}
