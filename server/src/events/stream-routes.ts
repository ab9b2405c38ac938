import type { OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalidRequest } from '../api/errors.ts'
import { closed, OneOf } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import { identifyAgain } from '../http/authenticate.ts'
import { callerKey, whenClosed } from '../http/caller.ts'
import type { App } from '../http/pipeline.ts'
import { currentCaller } from '../lib/caller.ts'
import type { Wanted } from './event-streams.ts'
import { patternsFor } from './patterns.ts'

const StreamResponse = Type.Unsafe<string>({
  type: 'string',
  description: 'Server-sent events: `id` is the position in the log, `data` an `Event` as JSON in one line',
})

export function eventStreamRoutes(app: App, context: Context): void {
  const names = [...context.catalog.eventTypes.keys()]
  const chosen = [...names, ...patternsFor(names)]
  const EventStreamQuery = closed({
    types: Type.Optional(
      Type.Array(OneOf(chosen), {
        minItems: 1,
        maxItems: chosen.length,
        uniqueItems: true,
        description:
          'Only events of these types, in the URL separated by commas; `document.*` stands for all about documents, and `*`, the default, for all that the caller may read',
      }),
    ),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          'Id of the last event that you have received, or 0 to begin with the oldest event; default: new events only',
      }),
    ),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/events/stream',
    config: {
      access: 'events:read',
      sdk: 'events.stream',
      responseTypes: ['text/event-stream'],
      errors: ['service_unavailable'],
    },
    schema: {
      operationId: 'streamEvents',
      summary: 'Receive events as they happen',
      description: [
        'Shows what the list of events shows to the same caller.\n\n',
        'Server-sent events. To continue after an interruption, send the id of the last event you received as',
        '`Last-Event-ID`, or as `after`, over which the header has precedence: no event is skipped, whichever process responds.',
        'The response does not end. A comment is sent every 15 seconds. When the caller loses the right to read',
        'events, the stream ends with an event named `error`, whose data is an error as in any other response. The server may end the stream',
        'at any time without one, for example when it stops; connect again with the last id. Status 410 means that events after that id are no longer',
        'kept.\n\nA stream counts as one request. A caller may have 20 open at once, unless the server is configured otherwise. A',
        'stream that is not read for 45 seconds is disconnected.',
      ].join(' '),
      tags: ['Events'],
      querystring: EventStreamQuery,
      response: { 200: StreamResponse },
    },
    handler: async (request, reply) => {
      const { types, after } = request.query
      await sendStream(context, request, reply, { types, after: positionIn(request.headers) ?? after })
    },
  })
  app.addHook('preClose', async () => context.eventStreams.close())
}

async function sendStream(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: Wanted,
): Promise<void> {
  const { eventStreams, pace } = context
  const admitted = await eventStreams.admit(request.actor(), wanted)
  if (request.method === 'HEAD') {
    withHeaders(reply).send(Readable.from([]))
    return
  }
  whenClosed(reply, eventStreams.begin(callerKey(request)))
  // Taken here: it is lost by the time the stream reads the log.
  const caller = currentCaller()
  const listener = { identify: () => identifyAgain(context, request), turn: () => pace.turn(caller) }
  const stream = await eventStreams.open(admitted, listener, reply.raw)
  // Written here: the framework takes a caller who leaves, as all do at last, for a failure.
  reply.hijack()
  whenClosed(reply, () => {
    stream.destroy()
    if (!reply.raw.writableFinished) request.server.recordResponse(request, reply)
  })
  reply.raw.writeHead(200, withHeaders(reply).getHeaders() as OutgoingHttpHeaders)
  stream.pipe(reply.raw)
}

function withHeaders(reply: FastifyReply): FastifyReply {
  reply.header('content-type', 'text/event-stream; charset=utf-8')
  reply.header('cache-control', 'no-store')
  // nginx would collect events until its buffer is full.
  reply.header('x-accel-buffering', 'no')
  // When the server stops, the connection ends with the stream.
  return reply.header('connection', 'close')
}

/** @throws AppError */
function positionIn({ 'last-event-id': sent }: FastifyRequest['headers']): number | undefined {
  if (sent === undefined || sent === '') return undefined
  const position = typeof sent === 'string' && /^\d{1,16}$/.test(sent) ? Number(sent) : Number.NaN
  if (Number.isSafeInteger(position)) return position
  throw invalidRequest("The 'Last-Event-ID' header must be the id of an event, or 0.")
}
