import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { pathOf } from '../http/request-path.ts'
import type { Site } from './files.ts'
import { builtSite, namesFor, sendPage, withNames } from './page.ts'

const paths = ['/', '/docs', '/docs/*', '/llms.txt', '/llms-full.txt']
const notFound = '/docs/not-found'
/** The overview is the home of the documentation. */
const home = ['/docs', '/docs/overview']

/** The documentation: complete as HTML, and as Markdown beside each page. */
export function documentRoutes(app: App, { site, config }: Context): void {
  for (const url of paths) {
    app.route({
      method: 'GET',
      url,
      config: { access: 'public', compressed: true },
      handler: async (request, reply) => {
        const built = builtSite(site)
        const path = pathOf(request)
        const names = namesFor(config, request)
        const elsewhere = movedTo(path, built)
        if (elsewhere !== undefined) return reply.redirect(elsewhere + queryOf(request), 308)
        const text = await documentAt(path, built)
        if (extname(path) !== '' && text !== undefined) return sendText(reply, path, withNames(text, names))
        if (text !== undefined && path !== notFound) return sendPage(reply, text, names)
        // A build without documents: the application shows them.
        if (!built.documents.has(notFound)) return sendPage(reply, built.page, names)
        reply.code(404)
        return sendPage(reply, (await documentAt(notFound, built)) ?? built.page, names)
      },
    })
  }
}

function movedTo(path: string, { documents }: Site): string | undefined {
  const plain = path.length > 1 && path.endsWith('/') ? path.replace(/\/+$/, '') : path
  if (home.includes(plain) && documents.has('/')) return '/'
  return plain !== path && documents.has(plain) ? plain : undefined
}

function queryOf({ url }: FastifyRequest): string {
  const at = url.indexOf('?')
  return at < 0 ? '' : url.slice(at)
}

/** @returns undefined for a path without a document, and when a new build has removed its file since it was found */
async function documentAt(path: string, { documents }: Site): Promise<string | undefined> {
  const file = documents.get(path)
  if (file === undefined) return undefined
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function sendText(reply: FastifyReply, path: string, text: string): FastifyReply {
  const type = path.endsWith('.md') ? 'text/markdown' : 'text/plain'
  return reply.type(`${type}; charset=utf-8`).send(text)
}
