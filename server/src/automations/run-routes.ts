import { sendTagged } from '../api/conditional.ts'
import { listRequest, sendList } from '../api/paging.ts'
import { IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { dryRun } from './dry-run.ts'
import * as schema from './run-schema.ts'
import * as runs from './run-service.ts'

const tags = ['Automations']

/** The button, the dry run, and the log of runs. */
export function runRoutes(app: App, context: Context): void {
  reading(app, context)
  beginning(app, context)
  changing(app, context)
}

function reading(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/automation-runs',
    config: { access: 'automations:read', sdk: 'automations.runs', errors: ['resource_not_found'] },
    schema: {
      operationId: 'listAutomationRuns',
      summary: 'List the runs of automations, newest first',
      description: [
        'Runs that have ended are kept as long as deliveries of webhooks are (COMSERV_WEBHOOK_RETENTION_DAYS). Callers with',
        'a role that reaches their own records alone see those of their own automations.',
      ].join(' '),
      tags,
      querystring: schema.RunListQuery,
      response: { 200: schema.RunPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.runSorts)
      return sendList(
        request,
        reply,
        list,
        await runs.listRuns(context, request.actor(), request.query, list),
      )
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/automation-runs/:id',
    config: { access: 'automations:read', sdk: 'automations.getRun', tagged: true },
    schema: {
      operationId: 'getAutomationRun',
      summary: 'Get a run with the attempts of its steps',
      tags,
      params: IdParams,
      response: { 200: schema.RunWithAttempts },
    },
    handler: async (request, reply) =>
      sendTagged(reply, await runs.getRun(context, request.actor(), request.params.id)),
  })
}

function beginning(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/automations/:id/run',
    config: {
      access: 'automations:write',
      sdk: 'automations.run',
      idempotencyKey: true,
      shows: { reads: 'automations:read' },
      errors: ['conflict'],
    },
    schema: {
      operationId: 'runAutomation',
      summary: 'Begin a run of an automation whose trigger is a button',
      description: 'Only the owner and administrators can. The steps find what is sent as `input`.',
      tags,
      params: IdParams,
      body: schema.RunStart,
      response: { 202: schema.Run, 204: Nothing },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        async () => runs.startRun(context, request.actor(), request.params.id, request.body),
        (run) => ({ status: 202, headers: { location: `/api/v1/automation-runs/${run.id}` }, body: run }),
      ),
  })

  app.route({
    method: 'POST',
    url: '/api/v1/automations/:id/dry-run',
    config: {
      access: 'automations:read',
      sdk: 'automations.dryRun',
      errors: ['conflict', 'permission_denied'],
    },
    schema: {
      operationId: 'dryRunAutomation',
      summary: 'Try an automation on the last events',
      description: [
        'Which of the last 1,000 events would have begun a run, and what it would have done. Nothing is sent, mailed,',
        'changed or stored, and the automation may be switched off. Past events require the scope `events:read`.',
      ].join(' '),
      tags,
      params: IdParams,
      body: schema.DryRunQuery,
      response: { 200: schema.DryRun },
    },
    handler: (request) => dryRun(context, request.actor(), request.params.id, request.body.events),
  })
}

function changing(app: App, context: Context): void {
  const change = {
    access: 'automations:write',
    idempotencyKey: true,
    shows: { reads: 'automations:read' },
    errors: ['conflict'],
  } as const

  app.route({
    method: 'POST',
    url: '/api/v1/automation-runs/:id/cancel',
    config: { ...change, sdk: 'automations.cancelRun' },
    schema: {
      operationId: 'cancelAutomationRun',
      summary: 'Cancel a run that has not ended',
      description: 'A request that is being sent at this moment may still arrive. The run can be resumed.',
      tags,
      params: IdParams,
      response: { 200: schema.Run, 204: Nothing },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        async () => runs.cancelRun(context, request.actor(), request.params.id),
        (run) => ({ status: 200, body: run }),
      ),
  })

  app.route({
    method: 'POST',
    url: '/api/v1/automation-runs/:id/resume',
    config: { ...change, sdk: 'automations.resumeRun' },
    schema: {
      operationId: 'resumeAutomationRun',
      summary: 'Resume a run that failed or was cancelled',
      description: [
        'It goes on with the step at which it ended, as the automation is now, so that a fixed step is carried out. The',
        'steps before it must be the same. One whose condition failed begins if the condition is met now.',
      ].join(' '),
      tags,
      params: IdParams,
      response: { 200: schema.Run, 204: Nothing },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        async () => runs.resumeRun(context, request.actor(), request.params.id),
        (run) => ({ status: 200, body: run }),
      ),
  })
}
