import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'

/**
 * The result of `npm run build` for `console/`: the page of the application, the documentation as HTML and text, and
 * assets whose names contain a hash of their content. Only names found here are ever opened, so no path of a request
 * reaches the file system.
 */
export interface Site {
  /** The page of the application, with placeholders. */
  page: string
  /** The files of the documentation by their path, such as `/docs/users` and `/docs/users.md`; placeholders within. */
  documents: ReadonlyMap<string, string>
  /** The paths of its pages, without those for errors. */
  pages: readonly string[]
  assets: ReadonlyMap<string, Asset>
  /** By path: `/favicon.ico`, `/favicon.svg`. */
  icons: ReadonlyMap<string, Asset>
}

export interface Asset {
  file: string
  type: string
  /** The codings of its precompressed copies, smallest first. */
  codings: readonly Coding[]
}

export type Coding = 'br' | 'gzip'

/** What is sent, with status 404, for an address without a page. */
export const notFoundPath = '/docs/not-found'

export const builtSiteDir = join(import.meta.dirname, '../../../console/dist')

const endings: readonly [Coding, string][] = [
  ['br', '.br'],
  ['gzip', '.gz'],
]

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** The current build: a new one is served from the next request on, without a restart. */
export type SiteNow = () => Site | undefined

/** While a build is being replaced, the last one stays in use; its files may be gone already. */
export function siteIn(dir: string): SiteNow {
  let stamp = stampOf(dir)
  let site = readSite(dir)
  return () => {
    const stampNow = stampOf(dir)
    if (stampNow !== undefined && stampNow !== stamp) {
      stamp = stampNow
      site = readSite(dir) ?? site
    }
    return site
  }
}

/** Changes after every build, and after every file that is added in the meantime. */
function stampOf(dir: string): string | undefined {
  const stats = ['index.html', 'assets', 'pages'].map((name) =>
    statSync(join(dir, name), { throwIfNoEntry: false }),
  )
  // The documentation is written last.
  if (stats.slice(0, 2).includes(undefined)) return undefined
  return stats.map((stat) => `${stat?.ino} ${stat?.mtimeMs}`).join(' ')
}

/** @returns undefined when there is no build */
function readSite(dir: string): Site | undefined {
  try {
    const page = readFileSync(join(dir, 'index.html'), 'utf8')
    const folder = join(dir, 'assets')
    const names = new Set(readdirSync(folder))
    const assets = [...names].flatMap((name): [string, Asset][] => {
      const type = types[extname(name)]
      if (type === undefined) return []
      const codings = endings.flatMap(([coding, ending]) => (names.has(name + ending) ? [coding] : []))
      return [[name, { file: join(folder, name), type, codings }]]
    })
    const documents = documentsIn(join(dir, 'pages'))
    const pages = [...documents.keys()].filter((path) => extname(path) === '' && path !== notFoundPath)
    return { page, documents, pages: pages.toSorted(), assets: new Map(assets), icons: iconsIn(dir, assets) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function iconsIn(dir: string, assets: readonly [string, Asset][]): ReadonlyMap<string, Asset> {
  const ico = join(dir, 'favicon.ico')
  const svg = assets.find(([name]) => /^icon-[\w-]+\.svg$/.test(name))?.[1]
  return new Map([
    ...(existsSync(ico) ? [['/favicon.ico', { file: ico, type: 'image/x-icon', codings: [] }] as const] : []),
    ...(svg ? [['/favicon.svg', svg] as const] : []),
  ])
}

function documentsIn(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => extname(name) !== '',
  )
  return new Map(
    names.map((name) => {
      const path = `/${name.replaceAll('\\', '/').replace(/\.html$/, '')}`
      return [path === '/index' ? '/' : path, join(folder, name)]
    }),
  )
}

/** The file for a client that accepts these codings, and its coding. */
export function variantOf(asset: Asset, acceptEncoding: string): { file: string; coding?: Coding } {
  const accepted = acceptEncoding.split(',').map((part) => part.trim())
  for (const [coding, ending] of endings) {
    // `br;q=0` refuses the coding; any other weight accepts it.
    const isTaken = accepted.some(
      (part) => part === coding || (part.startsWith(`${coding};`) && !/q=0(\.0*)?$/.test(part)),
    )
    if (isTaken && asset.codings.includes(coding)) return { file: asset.file + ending, coding }
  }
  return { file: asset.file }
}
