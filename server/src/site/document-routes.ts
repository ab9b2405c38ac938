import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { pathOf } from '../http/request-path.ts'
import { closestTo } from './closest.ts'
import { notFoundPath, type Site } from './files.ts'
import { builtSite, type Named, namesFor, sendPage, withNames } from './page.ts'

const paths = ['/', '/docs', '/docs/*', '/llms.txt', '/llms-full.txt']
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
        if (text !== undefined && path !== notFoundPath) return sendPage(reply, text, names)
        // A build without documents: the application shows them.
        if (!built.documents.has(notFoundPath)) return sendPage(reply, built.page, names)
        reply.code(404)
        return sendNotFound(reply, path, built, names)
      },
    })
  }
}

/** As the reader wanted it, page or text, with what they may have meant. */
async function sendNotFound(
  reply: FastifyReply,
  path: string,
  built: Site,
  names: Named,
): Promise<FastifyReply> {
  const closest = await Promise.all(
    closestTo(path, built.pages).map(async (to) => ({
      to,
      title: titleIn(await documentAt(to, built)) ?? to,
    })),
  )
  if (extname(path) === '.md' || extname(path) === '.txt')
    return sendText(reply, path, withNames(notFoundText(closest), names))
  const page = (await documentAt(notFoundPath, built)) ?? built.page
  const links = closest.map(({ to, title }) => `<li><a href="${to}">${title}</a></li>`)
  const list = links.length === 0 ? '' : `<p>You may be looking for:</p>\n<ul>${links.join('')}</ul>`
  return sendPage(
    reply,
    page.replace('%CLOSEST%', () => list),
    names,
  )
}

interface Found {
  to: string
  title: string
}

function notFoundText(closest: readonly Found[]): string {
  const links = closest.map(({ to, title }) => `- [${unescaped(title)}](%ORIGIN%${to})\n`).join('')
  return `# There is no such page\n\nThe documentation has no page at this address.\n\n${links}- [All pages](%ORIGIN%/llms.txt)\n`
}

function unescaped(html: string): string {
  return html.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
}

/** Still HTML: the title of the page, without the name of the site. */
function titleIn(html: string | undefined): string | undefined {
  return /<title>(.*?)(?: · %SITE_NAME%)?<\/title>/.exec(html ?? '')?.[1]
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
