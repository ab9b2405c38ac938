import type { FastifyContextConfig, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import type { Static } from 'typebox'
import { sendTagged } from '../api/conditional.ts'
import { type ListQuery, listQuery, listRequest, sendList } from '../api/paging.ts'
import { closed, ExportFormat, ExportFormulas, IdParams, Nothing, PageOf } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { ExportResponse, exportTypes, sendExport } from '../http/export.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { sendWritten } from '../http/written.ts'
import { batchRoute } from './batch-route.ts'
import { kindOf, titleOf, wordOf } from './naming.ts'
import { writePrepared } from './record.ts'
import type { Declaration, Deleting, Resource, Restoring, Shapes, Verb } from './resource.ts'
import { shownAs } from './shown-as.ts'
import { trashRoute } from './trash-route.ts'

/** A route of a resource: the defaults of its verb, and what the declaration overrides. */
export interface DerivedRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Relative to the path of the resource. */
  path?: string
  verb: Verb
  summary: string
  description?: string
  config: FastifyContextConfig
  schema: FastifySchema
  handler(request: FastifyRequest, reply: FastifyReply): unknown
}

/** Registers the declared routes, in the order of the OpenAPI document. */
export function resourceRoutes<S extends Shapes>(app: App, context: Context, declared: Declaration<S>): void {
  const derived = [
    listRoute(context, declared),
    createRoute(context, declared),
    ...batchRoute(context, declared),
    ...exportRoute(context, declared),
    ...trashRoute(context, declared),
    getRoute(context, declared),
    updateRoute(context, declared),
    deleteRoute(context, declared),
    ...restoreRoute(context, declared),
  ]
  for (const route of derived) register(app, declared, route)
}

function register<S extends Shapes>(
  app: App,
  { name, plural, tag, words, confirm = {}, isOwned, bodyBytesMax }: Declaration<S>,
  route: DerivedRoute,
) {
  const { method, path = '', verb, summary, description, config, schema, handler } = route
  const { errors, ...said } = words?.[verb] ?? {}
  const confirmation =
    verb === 'create' || verb === 'update' || verb === 'restore' ? confirm[verb] : undefined
  app.route({
    method,
    url: `/api/v1/${plural}${path}`,
    ...(bodyBytesMax !== undefined && (verb === 'create' || verb === 'update')
      ? { bodyLimit: bodyBytesMax }
      : {}),
    config: {
      ...config,
      sdk: plural.includes('/')
        ? { none: "A record of an extension: `resource('…')` of the clients calls it." }
        : `${camelCase(plural)}.${verb}`,
      ...(confirmation ? { confirm: confirmation } : {}),
      ...(errors ? { errors } : {}),
      ...(isOwned && (verb === 'list' || verb === 'get' || verb === 'delete') ? { ownersToo: true } : {}),
    },
    schema: {
      operationId: operationIdOf(verb, name, plural),
      summary,
      ...(description ? { description } : {}),
      ...said,
      tags: [tag],
      ...schema,
    },
    handler: async (request, reply) => handler(request, reply),
  })
}

function listRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute {
  const { reads, schema, sorts, list } = declared
  return {
    method: 'GET',
    verb: 'list',
    summary: `List ${wordOf(declared)}`,
    config: { access: reads, ...(isSearched(schema) ? { errors: ['service_unavailable'] } : {}) },
    schema: {
      querystring: closed({ ...listQuery(sorts), ...schema.filters.properties }),
      response: { 200: PageOf(schema.listed) },
    },
    async handler(request, reply) {
      const asked = listRequest(request.query as ListQuery, sorts)
      const filter = filterOf<S>(schema, request.query)
      return sendList(request, reply, asked, await list(context, request.actor(), filter, asked))
    },
  }
}

function createRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute {
  const { name, plural, reads, writes, schema, showsSecret, unread, create } = declared
  return {
    method: 'POST',
    verb: 'create',
    summary: `Create a ${name}`,
    config: {
      access: writes,
      idempotencyKey: true,
      tagged: true,
      shows: { reads, unread },
      ...(showsSecret ? { showsSecret: name } : {}),
    },
    schema: { body: schema.create, response: { 201: schema.created } },
    async handler(request, reply) {
      const input = request.body as Static<S['create']>
      return respondOnce(
        context,
        request,
        reply,
        () => create(context, request.actor(), input),
        ({ etag, resource }) => ({
          status: 201,
          headers: { location: `/api/v1/${plural}/${resource.id}`, etag },
          body: shownAs(schema.created, resource),
        }),
      )
    },
  }
}

function exportRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute[] {
  const { reads, schema, export: pages } = declared
  if (!pages) return []
  return [
    {
      method: 'GET',
      path: '/export',
      verb: 'export',
      summary: `Export ${wordOf(declared)}, oldest first`,
      description:
        'All records that match the filters, with every field, as one streamed response.\n\nNDJSON, or CSV if the `Accept` header or `format` requests it. If the connection ends with an error, the export is incomplete. With `Accept: application/x-ndjson; end=marked` (or `text/csv; end=marked`), the last line repeats the header `X-Export-End`, so that completeness shows even behind a proxy that hides such errors.',
      config: { access: reads, responseTypes: exportTypes, errors: ['service_unavailable'] },
      schema: {
        querystring: closed({ ...schema.filters.properties, format: ExportFormat, formulas: ExportFormulas }),
        response: { 200: ExportResponse },
      },
      async handler(request, reply) {
        const { format, formulas } = request.query as { format?: 'ndjson' | 'csv'; formulas?: 'escaped' }
        const nowMs = context.clock.now()
        const exported = {
          name: wordOf(declared),
          action: `${kindOf(declared)}.export`,
          schema: schema.exported ?? schema.full,
          format,
          formulas,
          nowMs,
        }
        const found = await pages(context, request.actor(), filterOf<S>(schema, request.query))
        return sendExport(context, request, reply, exported, found)
      },
    },
  ]
}

function getRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute {
  const { name, reads, schema, get } = declared
  return {
    method: 'GET',
    path: '/:id',
    verb: 'get',
    summary: `Get a ${name}`,
    config: { access: reads, tagged: true },
    schema: { params: declared.addressed?.params ?? IdParams, response: { 200: schema.full } },
    handler: async (request, reply) =>
      sendTagged(reply, await get(context, request.actor(), await idOf(context, declared, request))),
  }
}

function updateRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute {
  const { name, writes, schema, update } = declared
  return {
    method: 'PATCH',
    path: '/:id',
    verb: 'update',
    summary: `Update a ${name}`,
    description: mergePatchText,
    config: { access: writes, tagged: true, ...unlessRead(declared).config },
    schema: {
      params: declared.addressed?.params ?? IdParams,
      body: schema.update,
      response: { 200: schema.full, ...unlessRead(declared).response },
    },
    async handler(request, reply) {
      const input = request.body as Static<S['update']>
      const ifMatch = request.headers['if-match']
      const id = await idOf(context, declared, request)
      const { etag, resource } = await writePrepared(context, () =>
        update(context, request.actor(), id, input, ifMatch),
      )
      return sendWritten(request, reply, { status: 200, headers: { etag }, body: resource })
    },
  }
}

function deleteRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute {
  const { name, writes, schema, delete: remove, trash } = declared
  return {
    method: 'DELETE',
    path: '/:id',
    verb: 'delete',
    summary: `Delete a ${name}`,
    ...(trash
      ? { description: 'Moves it to the trash, from which it can be restored until it is purged.' }
      : {}),
    config: { access: writes, tagged: true },
    schema: {
      params: declared.addressed?.params ?? IdParams,
      ...(schema.deletion ? { querystring: schema.deletion } : {}),
      response: { 204: Nothing },
    },
    async handler(request, reply) {
      const ifMatch = request.headers['if-match']
      const id = await idOf(context, declared, request)
      const query = request.query as Deleting<S>
      await context.database.write(await remove(context, request.actor(), id, ifMatch, query))
      return reply.code(204).send()
    },
  }
}

function restoreRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute[] {
  const { name, writes, schema, restore } = declared
  if (!restore) return []
  return [
    {
      method: 'POST',
      path: '/:id/restore',
      verb: 'restore',
      summary: `Restore a deleted ${name}`,
      description: 'Possible until its `purge_at` in the trash.',
      config: { access: writes, idempotencyKey: true, tagged: true, ...unlessRead(declared).config },
      schema: {
        params: declared.addressed?.params ?? IdParams,
        ...(schema.restore ? { body: schema.restore } : {}),
        response: { 200: schema.full, ...unlessRead(declared).response },
      },
      handler: (request, reply) =>
        respondOnce(
          context,
          request,
          reply,
          async () =>
            restore(
              context,
              request.actor(),
              await idOf(context, declared, request),
              request.body as Restoring<S>,
            ),
          ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
        ),
    },
  ]
}

/** A change whose result the caller may not read responds with 204. */
function unlessRead({ reads, writes }: Pick<Resource, 'reads' | 'writes'>) {
  return reads === writes ? {} : { config: { shows: { reads } }, response: { 204: Nothing } }
}

/** The description of a PATCH; the client libraries show only its first paragraph. */
const mergePatchText =
  'Fields that are left out keep their value; `null` clears an optional field.\n\nJSON merge patch (RFC 7396).'

/** The query parameters that the resource declares. */
function filterOf<S extends Shapes>({ filters }: S, query: unknown): Static<S['filters']> {
  const asked = Object.entries(query as object).filter(([name]) => name in filters.properties)
  return Object.fromEntries(asked) as Static<S['filters']>
}

const isSearched = ({ filters }: Shapes) => 'q' in filters.properties

function operationIdOf(verb: Verb, name: string, plural: string): string {
  const one = titleOf({ plural }, name)
  const many = titleOf({ plural }, wordOf({ plural }))
  switch (verb) {
    case 'batch':
      return `change${many}`
    case 'trash':
      return `listTrashed${many}`
    case 'list':
    case 'export':
      return `${verb}${many}`
    default:
      return `${verb}${one}`
  }
}

/** A path such as `audit-log` as a name in the client libraries. */
function camelCase(plural: string): string {
  return plural.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

async function idOf<S extends Shapes>(
  context: Context,
  { addressed }: Declaration<S>,
  { params }: FastifyRequest,
): Promise<number> {
  const { id } = params as { id: number | string }
  return addressed ? addressed.idOf(context, String(id)) : Number(id)
}
