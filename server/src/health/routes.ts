import { closed } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { Readiness } from './readiness.ts'
import { seenByDoctor, seenHeader } from './seen.ts'

const Health = closed({ status: Type.String({ enum: ['ok'] }) }, { title: 'Health' })
const tags = ['Operations']

export function healthRoutes(app: App, context: Context): void {
  const readiness = new Readiness(context)

  app.route({
    method: 'GET',
    url: '/health/live',
    config: { access: 'public', anyHost: true, sdk: 'health.live' },
    schema: {
      operationId: 'live',
      summary: 'Check that the process is running',
      tags,
      response: { 200: Health },
    },
    handler: async (request, reply) => {
      const seen = seenByDoctor(context.config.secretKey, request)
      if (seen !== undefined) reply.header(seenHeader, seen)
      return { status: 'ok' }
    },
  })

  app.route({
    method: 'GET',
    url: '/health/ready',
    config: { access: 'public', anyHost: true, sdk: 'health.ready', errors: ['service_unavailable'] },
    schema: {
      operationId: 'ready',
      summary: 'Check that the database can be read and written and its tables are current',
      tags,
      response: { 200: Health },
    },
    handler: async () => {
      const problem = await readiness.problem()
      if (problem) throw problem
      return { status: 'ok' }
    },
  })
}
