import { Readable } from 'node:stream'
import type { TObject } from 'typebox'
import { type Actor, actorOf } from '../access/caller.ts'
import { isScope } from '../access/scopes.ts'
import { AppError, type ErrorCode } from '../api/errors.ts'
import { closed } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Loaded } from '../extension/declaration.ts'
import { pathOf, tagOf } from '../extension/names.ts'
import type { RouteOptions } from '../extension/routes.ts'
import type { Access } from '../http/authenticate.ts'
import type { App } from '../http/pipeline.ts'
import { CommandError } from '../lib/command-error.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import type { Extensions } from './extensions.ts'
import { inExtension, requireSentence } from './mistakes.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Options = RouteOptions<TObject, TObject, TObject>
type Handler = (called: never) => unknown

/** Registers the routes of every extension. @throws CommandError for one that does not say who may call it */
export function extensionRoutes(app: App, extensions: Extensions): void {
  for (const extension of extensions.all) {
    const register = (method: Method) => (path: string, options: Options, handler: Handler) =>
      addRoute(app, extensions, extension, { method, path, options, handler })
    const to = {
      get: register('GET'),
      post: register('POST'),
      put: register('PUT'),
      patch: register('PATCH'),
      delete: register('DELETE'),
    }
    inExtension(extension, () => extension.routes?.(to))
  }
}

interface Route {
  method: Method
  path: string
  options: Options
  handler: Handler
}

function addRoute(app: App, extensions: Extensions, extension: Loaded, route: Route): void {
  const { method, path, options, handler } = route
  const { summary, description, params, query, body, response, status } = options
  const access = requireAccess(extension, route)
  const names = [...path.matchAll(/:([a-zA-Z_]+)/g)].map(([, name = '']) => name)
  const tools = extensions.toolsOf(extension)
  app.route({
    method,
    url: pathOf(extension) + (path === '/' ? '' : path),
    config: {
      access,
      errors: ['internal_error'],
      sdk: { none: 'A route of an extension; the clients call it by its path.' },
    },
    schema: {
      operationId: operationIdOf(extension, route),
      summary,
      ...(description ? { description } : {}),
      tags: [tagOf(extension)],
      ...(names.length > 0
        ? { params: params ?? closed(Object.fromEntries(names.map((name) => [name, Type.String()]))) }
        : {}),
      querystring: query ?? closed({}),
      ...(body ? { body } : {}),
      ...(response ? { response: { [status ?? 200]: response } } : {}),
    },
    async handler(request, reply) {
      const actor =
        request.identity?.kind === 'principal'
          ? actorOf(request.identity.principal, plainAddress(request.ip), request.id)
          : undefined
      const called = {
        params: request.params,
        query: request.query,
        body: request.body,
        actor: actor && named(actor),
        refuse,
        ...tools,
      }
      try {
        const result = await inExtension(extension, () => Reflect.apply(handler, undefined, [called]))
        reply.code(status ?? (result === undefined ? 204 : 200))
        // Fails here where it cannot be, as long as it is known whose value it is.
        if (isValue(result)) reply.serialize(result)
        return reply.send(result ?? '')
      } catch (error) {
        if (error instanceof AppError) throw error
        extensions.counted.failed(extension.name, 'route')
        tools.log.error({ err: error, route: path, request_id: request.id }, 'a route of an extension failed')
        throw new AppError(
          'internal_error',
          `The extension '${extension.name}' failed; the log of the server says why.`,
          { cause: error },
        )
      }
    },
  })
}

function requireAccess(extension: Loaded, { method, path, options, handler }: Route): Access {
  const { access, summary } = options ?? {}
  const at = `The extension '${extension.name}' cannot be used (${extension.file}): the route ${method} ${path}`
  if (!path?.startsWith('/')) throw new CommandError(`${at} has to begin with a slash.`)
  if (typeof handler !== 'function') throw new CommandError(`${at} has no handler.`)
  if (typeof summary !== 'string' || summary === '')
    throw new CommandError(`${at} needs a 'summary', a few words for the API reference.`)
  if (access === 'public' || access === 'signed-in' || access === 'person') return access
  if (typeof access === 'string' && isScope(access)) return access
  throw new CommandError(
    `${at} does not say who may call it. Set 'access' to a scope, to 'signed-in', to 'person', or to 'public' for everybody.`,
  )
}

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  403: 'permission_denied',
  404: 'resource_not_found',
  409: 'conflict',
}

function refuse(sentence: string, status = 400): never {
  requireSentence(sentence)
  const code = codes[status]
  if (code) throw new AppError(code, sentence)
  throw new RangeError(`refuse() takes the status ${Object.keys(codes).join(', ')}; it got ${status}.`)
}

/** Not bytes, or a stream of them. */
function isValue(result: unknown): boolean {
  if (typeof result === 'bigint') return true
  return (
    typeof result === 'object' &&
    result !== null &&
    !(result instanceof Uint8Array) &&
    !(result instanceof Readable)
  )
}

function named({ type, id, name }: Actor) {
  return { type, id, name }
}

/** `getInvoicesOverdue` of `GET /overdue`. */
function operationIdOf({ name }: Loaded, { method, path }: Route): string {
  const words = path.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '')
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
  return `${method.toLowerCase()}X${[name, ...words].map(capital).join('')}`
}
