import { dueTask } from '../db/due-task.ts'
import type { EventType } from '../events/types.ts'
import { dayMs, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { resource } from '../resource/resource.ts'
import { runRoutes } from './run-routes.ts'
import { deleteFinished } from './run-store.ts'
import { automationSchemas, automationSorts } from './schema.ts'
import * as service from './service.ts'
import { removeDeleted } from './store.ts'

/** @param triggering the event types that can begin a run */
export function automations(triggering: readonly EventType[]) {
  const schema = automationSchemas(triggering.map(({ name }) => name))
  return resource({
    name: 'automation',
    plural: 'automations',
    tag: 'Automations',
    about: 'Rules that send, mail and change something when an event happens, and the log of their runs',
    reads: 'automations:read',
    writes: 'automations:write',
    schema: { ...schema, listed: schema.full, created: schema.full },
    sorts: automationSorts,
    words: {
      list: { summary: 'List automations, newest first' },
      create: {
        summary: 'Create an automation',
        description: [
          'It is carried out with the rights of its owner at that time, within those of the credential that creates it. You',
          'need the scopes of what it does: those that read the events, `documents:write` or `users:write` for a step that',
          'changes something, and `users:read` for one that mails. Switch it on after a dry run.',
        ].join(' '),
        errors: ['conflict'],
      },
      get: { summary: 'Get an automation' },
      update: {
        summary: 'Update an automation, or switch it on or off',
        description:
          'Fields that are left out keep their value; `null` clears an optional field. `trigger` and `steps` are replaced as a whole. Only the owner and administrators can change an automation. Runs under way go on as they began.\n\nJSON merge patch (RFC 7396).',
        errors: ['conflict'],
      },
      delete: { summary: 'Delete an automation', description: 'Runs that have not ended are cancelled.' },
    },
    confirm: { create: true, update: true },
    auditActions: ['automation.run', 'automation.cancel_run', 'automation.resume_run'],
    list: service.listAutomations,
    get: service.record.get,
    create: service.createAutomation,
    update: service.updateAutomation,
    delete: service.deleteAutomation,
    tasks: (context) => [
      dueTask(
        context,
        'prune old runs of automations',
        hourMs,
        {
          keptMs: context.config.webhooks.retentionDays * dayMs,
          atOnce: 100,
          run: ({ db }, dueMs, limit) => deleteFinished(db, toTimestamp(dueMs), limit),
        },
        { run: ({ db }, _, limit) => removeDeleted(db, limit) },
      ),
    ],
    routes: runRoutes,
  })
}
