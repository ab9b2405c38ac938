import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../api/errors.ts'
import { closed } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { writePolicy } from './policy.ts'

/** A client library in sdk/dist, as scripts/pack-clients.ts describes it in manifest.json. */
interface Package {
  language: 'javascript' | 'python' | 'php'
  file: string
  type: string
  version: string
  sha1: string
  sha256: string
  /** `requiresPython` of the wheel; the whole composer.json of the PHP client. */
  about: { name?: string; requiresPython?: string }
}

export const packedDir = join(import.meta.dirname, '../../../sdk/dist')

/** Tools call these under whatever name they know the server by. */
const route = { method: 'GET', config: { access: 'public', anyHost: true, compressed: true } } as const

/**
 * The client libraries, and the indexes by which pip and Composer find them. Only names in the manifest are opened. A
 * package is validated by its hash at each use, because a version that is not released may be packed again.
 */
export function packageRoutes(app: App, { config: { publicUrl }, packagesDir: dir }: Context): void {
  app.route({
    ...route,
    url: '/sdk/:file',
    schema: { params: closed({ file: Type.String() }), hide: true },
    handler: async (request, reply) => {
      const { file } = request.params
      const found = (await packagesIn(dir)).find((one) => one.file === file)
      const bytes = found && (await contentOf(join(dir, found.file)))
      if (!found || !bytes) throw nothingAt(`/sdk/${file}`)
      reply.header('cache-control', 'public, no-cache').header('etag', `"${found.sha256.slice(0, 32)}"`)
      reply.header('content-disposition', `attachment; filename="${found.file}"`)
      return reply.type(found.type).send(bytes)
    },
  })

  app.route({
    ...route,
    url: '/sdk/packages.json',
    handler: async (request) => composerIndex(await packagesIn(dir), originOf(request, publicUrl)),
  })

  for (const [url, linksIn] of Object.entries(linksAt)) {
    app.route({
      ...route,
      url,
      handler: async (_, reply) => {
        const links = linksIn(await packagesIn(dir))
        writePolicy(reply, 'none')
        return reply.type('text/html; charset=utf-8').send(`${pageHead}${links.join('\n')}\n`)
      },
    })
  }
}

const pageHead = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="pypi:repository-version" content="1.0">
<title>Packages</title>
`

/** For pip: the simple repository API (PEP 503), and a page of everything for --find-links. */
const linksAt: Record<string, (packages: Package[]) => string[]> = {
  '/sdk': (packages) => packages.map(linkTo),
  '/sdk/': (packages) => packages.map(linkTo),
  '/sdk/simple': () => ['<a href="/sdk/simple/comserv/">comserv</a>'],
  '/sdk/simple/': () => ['<a href="/sdk/simple/comserv/">comserv</a>'],
  '/sdk/simple/comserv': (packages) => wheelsIn(packages).map(linkTo),
  '/sdk/simple/comserv/': (packages) => wheelsIn(packages).map(linkTo),
}

function wheelsIn(packages: Package[]): Package[] {
  return packages.filter(({ language }) => language === 'python')
}

function linkTo({ file, sha256, about: { requiresPython } }: Package): string {
  const requires = requiresPython ? ` data-requires-python="${requiresPython.replaceAll('>', '&gt;')}"` : ''
  return `<a href="/sdk/${file}#sha256=${sha256}"${requires}>${file}</a>`
}

/** A repository for Composer, which takes no relative addresses of packages. */
function composerIndex(packages: Package[], origin: string): object {
  const versions = packages.flatMap(({ language, file, version, sha1, about }) => {
    if (language !== 'php' || about.name === undefined) return []
    const dist = { type: 'zip', url: `${origin}/sdk/${file}`, shasum: sha1 }
    return [{ [about.name]: { [version]: { ...about, dist } } }]
  })
  return { packages: Object.assign({}, ...versions) }
}

/** The address that the tool has used, so that it downloads from where it found the index. */
function originOf({ protocol, headers: { host } }: FastifyRequest, publicUrl: string): string {
  return host === undefined || host === new URL(publicUrl).host ? publicUrl : `${protocol}://${host}`
}

async function packagesIn(dir: string): Promise<Package[]> {
  const manifest = await contentOf(join(dir, 'manifest.json'))
  if (manifest) return JSON.parse(manifest.toString())
  throw new AppError(
    'resource_not_found',
    'The client libraries have not been packed; npm run build packs them, even while the server is running.',
  )
}

/** @returns undefined when there is no such file, or not any more */
async function contentOf(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function nothingAt(path: string): AppError {
  return new AppError(
    'resource_not_found',
    `There is nothing at ${path}; /sdk/ lists the packages of this server.`,
  )
}
