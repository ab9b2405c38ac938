import { sendTagged } from '../api/conditional.ts'
import { link } from '../api/paging.ts'
import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { eventSchemas } from './schema.ts'
import * as events from './service.ts'

const tags = ['Events']

export function eventRoutes(app: App, context: Context): void {
  const schema = eventSchemas(context.catalog.eventTypes.values())

  app.route({
    method: 'GET',
    url: '/api/v1/events',
    config: { access: 'events:read', sdk: 'events.list' },
    schema: {
      operationId: 'listEvents',
      summary: 'List the event log, oldest or newest first',
      description: [
        'Events about records that the caller may not read are not listed: users need `users:read`, documents and categories',
        '`documents:read`.\n\nTo follow the log, repeat the request with `after` set to the id of the last event you received, even if a page was empty:',
        'no event is ever skipped. The order of the log is not always that of the ids. If the event that `after` names is',
        'no longer kept, the log continues with the oldest event that is. The sort order `-log` starts with the newest',
        'events and goes back in time; to follow the log from there, set `after` to the id of the first event of the newest',
        'page.\n\n`Link rel="next"` is present as long as more events are waiting; with `sort=-log` it leads to older events',
        'by `before`, and no event is ever inserted between such pages. `total_count` is exact for what is committed; on',
        'PostgreSQL it can be ahead of the list while an earlier transaction is still open.',
      ].join(' '),
      tags,
      querystring: schema.EventListQuery,
      response: { 200: schema.EventList },
    },
    handler: async (request, reply) => {
      const { data, totalCount, hasMore } = await events.listEvents(context, request.actor(), request.query)
      const last = data.at(-1)
      const onwards = request.query.sort === '-log' ? 'before' : 'after'
      if (hasMore && last) reply.header('link', link(request, 'next', { [onwards]: String(last.id) }))
      return { data, meta: { total_count: totalCount } }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/events/:id',
    config: { access: 'events:read', sdk: 'events.get', tagged: true },
    schema: {
      operationId: 'getEvent',
      summary: 'Get an event',
      tags,
      params: IdParams,
      response: { 200: schema.Event },
    },
    handler: async (request, reply) =>
      sendTagged(reply, await events.getEvent(context, request.actor(), request.params.id)),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/event-types',
    config: { access: 'signed-in', sdk: 'events.types' },
    schema: {
      operationId: 'listEventTypes',
      summary: 'List the event types, each with its JSON Schema and an example',
      description: 'Fields may be added to a payload within v1, so ignore unknown fields.',
      tags,
      response: { 200: schema.EventTypePage },
    },
    handler: async () => {
      const data = events.listEventTypes(context)
      return { data, meta: { current_page: 1, total_pages: 1, total_count: data.length } }
    },
  })
}
