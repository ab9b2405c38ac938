import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'

const path = '/.well-known/api-catalog'
const type = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'

/** Where programs find the API, its description, its documentation and its status (RFC 9727, RFC 9264). */
export function apiCatalogRoute(app: App, { config }: Context): void {
  const { publicUrl } = config
  const at = (href: string, mediaType: string) => [{ href: publicUrl + href, type: mediaType }]
  const catalog = JSON.stringify({
    linkset: [
      {
        anchor: `${publicUrl}/api/v1`,
        'service-desc': at('/api/v1/openapi.json', 'application/json'),
        'service-doc': [...at('/docs/reference', 'text/html'), ...at('/docs/reference.md', 'text/markdown')],
        'service-meta': at('/.well-known/oauth-authorization-server', 'application/json'),
        status: at('/health/ready', 'application/json'),
      },
    ],
  })
  app.route({
    method: 'GET',
    url: path,
    config: { access: 'public', anyHost: true },
    handler: async (_, reply) =>
      reply.type(type).header('link', `<${publicUrl}${path}>; rel="api-catalog"`).send(catalog),
  })
}
