import { sql } from 'kysely'
import { Type } from 'typebox'
import type { Context } from '../context.ts'
import { pendingMigrations } from '../db/migrate.ts'
import { AppError } from '../http/errors.ts'
import type { App } from '../http/pipeline.ts'
import { closed } from '../http/schemas.ts'

const Health = closed({ status: Type.String({ enum: ['ok'] }) }, { title: 'Health' })
const tags = ['Operations']

export function healthRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/health/live',
    config: { access: 'public' },
    schema: { operationId: 'live', summary: 'Is the process running?', tags, response: { 200: Health } },
    handler: async () => ({ status: 'ok' }),
  })

  app.route({
    method: 'GET',
    url: '/health/ready',
    config: { access: 'public', errors: ['service_unavailable'] },
    schema: {
      operationId: 'ready',
      summary: 'Is the database reachable, and are its tables current?',
      tags,
      response: { 200: Health },
    },
    handler: async () => {
      await requireReady(context)
      return { status: 'ok' }
    },
  })
}

async function requireReady({ database, log }: Context): Promise<void> {
  try {
    await sql`select 1`.execute(database.read)
    if ((await pendingMigrations(database)).length === 0) return
  } catch (error) {
    log.warn({ err: error }, 'the database does not answer')
    throw new AppError('service_unavailable', 'The database does not answer.', {
      headers: { 'retry-after': '5' },
    })
  }
  throw new AppError('service_unavailable', 'The tables are not current: run `migrate`.', {
    headers: { 'retry-after': '5' },
  })
}
