import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { Context } from '../context.ts'
import { AppError } from '../http/errors.ts'
import type { App } from '../http/pipeline.ts'
import { closed } from '../http/schemas.ts'
import { type Site, variantOf } from './files.ts'
import { writePolicy } from './policy.ts'

/** Where a person arrives; which page it is, the script in it decides by the address. */
const pagePaths = ['/', '/sign-in', '/setup', '/docs', '/docs/*', '/console', '/console/*']

const yearSeconds = 31_536_000

/** The documentation and the console: one page and its assets. Everything in them comes from the API. */
export function siteRoutes(app: App, { site, config }: Context): void {
  for (const url of pagePaths) {
    app.route({
      method: 'GET',
      url,
      config: { access: 'public' },
      handler: async (_, reply) => answerPage(reply, builtSite(site).page, config.siteName),
    })
  }

  app.route({
    method: 'GET',
    url: '/assets/:name',
    config: { access: 'public' },
    schema: { params: closed({ name: Type.String() }), hide: true },
    handler: async (request, reply) => {
      const { name } = request.params
      const asset = builtSite(site).assets.get(name)
      if (!asset) throw new AppError('resource_not_found', `There is nothing at /assets/${name}.`)
      const { file, coding } = variantOf(asset, request.headers['accept-encoding'] ?? '')
      reply.header('cache-control', `public, max-age=${yearSeconds}, immutable`)
      reply.header('vary', 'Accept-Encoding')
      if (coding) reply.header('content-encoding', coding)
      return reply.type(asset.type).send(createReadStream(file))
    },
  })
}

function answerPage(reply: FastifyReply, page: string, siteName: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  writePolicy(reply, nonce)
  return reply
    .type('text/html; charset=utf-8')
    .send(page.replaceAll('%NONCE%', nonce).replaceAll('%SITE_NAME%', escaped(siteName)))
}

function builtSite(site: Site | undefined): Site {
  if (site) return site
  throw new AppError(
    'resource_not_found',
    'The console has not been built; npm run build builds it, and the next start serves it.',
  )
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
