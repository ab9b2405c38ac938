import { randomBytes } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../api/errors.ts'
import { closed } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { type Site, type SiteNow, variantOf } from './files.ts'
import { writePolicy } from './policy.ts'

/** The paths of pages; the script of the page decides by the URL which one it shows. */
const pagePaths = [
  '/',
  '/sign-in',
  '/setup',
  '/new-password',
  '/key-request',
  '/docs',
  '/docs/*',
  '/console',
  '/console/*',
]

const yearSeconds = 31_536_000

/** The documentation and the console: one page and its assets. All data comes from the API. */
export function siteRoutes(app: App, { site, config }: Context): void {
  for (const url of pagePaths) {
    app.route({
      method: 'GET',
      url,
      config: { access: 'public' },
      handler: async (_, reply) => sendPage(reply, builtSite(site).page, config.siteName),
    })
  }

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

function sendPage(reply: FastifyReply, page: string, siteName: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  writePolicy(reply, nonce)
  return reply
    .type('text/html; charset=utf-8')
    .send(page.replaceAll('%NONCE%', nonce).replaceAll('%SITE_NAME%', escaped(siteName)))
}

function builtSite(site: SiteNow): Site {
  const built = site()
  if (built) return built
  throw new AppError(
    'resource_not_found',
    'The console has not been built; npm run build builds it, even while the server is running.',
  )
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

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
