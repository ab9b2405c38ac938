import { type FileHandle, open } from 'node:fs/promises'
import { AppError } from '../api/errors.ts'
import { closed } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { documentRoutes } from './document-routes.ts'
import { variantOf } from './files.ts'
import { builtSite, namesFor, sendPage } from './page.ts'
import { rootFiles } from './root-files.ts'

/** The paths of the application; its script decides by the URL which page it shows. */
const applicationPaths = [
  '/sign-in',
  '/forgot-password',
  '/setup',
  '/new-password',
  '/key-request',
  '/console',
  '/console/*',
]

const yearSeconds = 31_536_000

/** The documentation, the console, and their assets. All data comes from the API. */
export function siteRoutes(app: App, context: Context): void {
  const { site, config } = context
  for (const url of applicationPaths) {
    app.route({
      method: 'GET',
      url,
      config: { access: 'public', compressed: true },
      handler: async (request, reply) => sendPage(reply, builtSite(site).page, namesFor(config, request)),
    })
  }
  documentRoutes(app, context)
  rootFiles(app, context)

  app.route({
    method: 'GET',
    url: '/assets/:name',
    config: { access: 'public', anyHost: true },
    schema: { params: closed({ name: Type.String() }), hide: true },
    handler: async (request, reply) => {
      const { name } = request.params
      const asset = builtSite(site).assets.get(name)
      if (!asset) throw nothingAt(name)
      const { file, coding } = variantOf(asset, request.headers['accept-encoding'] ?? '')
      const handle = await opened(file)
      if (!handle) throw nothingAt(name)
      reply.header('cache-control', `public, max-age=${yearSeconds}, immutable`)
      reply.header('vary', 'Accept-Encoding')
      if (coding) reply.header('content-encoding', coding)
      return reply.type(asset.type).send(handle.createReadStream())
    },
  })
}

/** @returns undefined when a new build has removed it since it was found */
async function opened(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function nothingAt(name: string): AppError {
  return new AppError('resource_not_found', `There is nothing at /assets/${name}.`)
}
