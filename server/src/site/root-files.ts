import { readFile } from 'node:fs/promises'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { builtSite, namesFor } from './page.ts'

/** Where people and tools look for the description of an API before they read where it is. */
const elsewhere: Readonly<Record<string, string>> = {
  '/openapi.json': '/api/v1/openapi.json',
  '/swagger.json': '/api/v1/openapi.json',
  '/api/openapi.json': '/api/v1/openapi.json',
  '/docs/openapi.json': '/api/v1/openapi.json',
  '/openapi': '/docs/reference',
  '/swagger': '/docs/reference',
  '/api-docs': '/docs/reference',
  '/redoc': '/docs/reference',
  '/api': '/docs/reference',
}

const cached = { hour: 'public, max-age=3600', day: 'public, max-age=86400' }
/** Also read under names that pages are not served under. */
const route = { method: 'GET', config: { access: 'public', anyHost: true, compressed: true } } as const

/** What browsers, search engines and tools ask every server for. */
export function rootFiles(app: App, { site, config }: Context): void {
  for (const [url, to] of Object.entries(elsewhere))
    app.route({ ...route, url, handler: async (_, reply) => reply.redirect(to, 308) })

  for (const url of ['/favicon.ico', '/favicon.svg']) {
    app.route({
      ...route,
      url,
      handler: async (_, reply) => {
        const icon = builtSite(site).icons.get(url)
        if (!icon) throw new AppError('resource_not_found', `The build of the console has no ${url}.`)
        return reply
          .header('cache-control', cached.day)
          .type(icon.type)
          .send(await readFile(icon.file))
      },
    })
  }

  app.route({
    ...route,
    url: '/robots.txt',
    handler: async (request, reply) => {
      const { origin } = namesFor(config, request)
      const lines = [
        'User-agent: *',
        'Disallow: /api/',
        'Disallow: /console',
        `Sitemap: ${origin}/sitemap.xml`,
      ]
      return reply
        .header('cache-control', cached.hour)
        .type('text/plain; charset=utf-8')
        .send(`${lines.join('\n')}\n`)
    },
  })

  app.route({
    ...route,
    url: '/sitemap.xml',
    handler: async (request, reply) => {
      const { origin } = namesFor(config, request)
      const pages = builtSite(site).pages.map((path) => `  <url><loc>${origin}${path}</loc></url>`)
      return reply
        .header('cache-control', cached.hour)
        .type('application/xml; charset=utf-8')
        .send(sitemapOf(pages))
    },
  })
}

function sitemapOf(urls: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${urls.join('\n')}\n</urlset>\n`
}
