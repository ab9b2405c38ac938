import { hash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, posix, relative } from 'node:path'
import { type ArchivedFile, tarGzOf } from './pack-archives.ts'
import { neededPackages, serverLock } from './server-lock.ts'

const root = join(import.meta.dirname, '..')
/** Where the package is written; `npm run release` adds what belongs to it. */
export const serverPackedDir = join(root, 'dist')

const own = JSON.parse(readFileSync(join(root, 'server/package.json'), 'utf8'))
const whole = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** A program's own Node.js is in the lock file, for machines with an older one. */
export const serverManifest = {
  name: 'comserv-server',
  version: own.version as string,
  description: whole.description as string,
  license: own.license as string,
  type: 'module',
  bin: { comserv: 'bin/comserv.js' },
  // The command itself; the server takes the Node.js that comes with it where this one is older than 24.7.
  engines: { node: '>=20' },
  dependencies: own.dependencies as Record<string, string>,
  bundleDependencies: Object.keys(own.dependencies),
  optionalDependencies: whole.optionalDependencies as Record<string, string>,
}

/**
 * The server as a package, which is also the archive of a release: its sources without types, since Node.js removes none
 * below node_modules, the built console, the packed client libraries, and the packages that it needs, so that nothing but
 * Node.js has to be fetched.
 * @returns the file
 */
export function packServer(into = serverPackedDir): { file: string; sha256: string } {
  if (!existsSync(join(root, 'console/dist/index.html')))
    throw new Error('The console has not been built: npm run build builds it.')
  const files = packedFiles().map(({ path, content }) => ({ path: `package/${path}`, content }))
  const bytes = tarGzOf(files)
  mkdirSync(into, { recursive: true })
  const file = join(into, `${serverManifest.name}-${serverManifest.version}.tgz`)
  writeFileSync(file, bytes)
  return { file, sha256: hash('sha256', bytes) }
}

function packedFiles(): ArchivedFile[] {
  const sources = filesAt('server/src/**/*')
  const known = new Set(sources)
  const asTheyAre = [
    'LICENSE',
    'CHANGELOG.md',
    'SECURITY.md',
    ...filesAt('console/dist/**/*'),
    ...filesAt('sdk/dist/*'),
  ]
  const { name, version, license, type } = own
  return [
    jsonFile('package.json', serverManifest),
    jsonFile('package-lock.json', serverLock(root, serverManifest)),
    // Says which version it is, and that its files are modules.
    jsonFile('server/package.json', { name, version, license, type }),
    { path: 'README.md', content: readFileSync(join(root, 'scripts/server-package.md')) },
    { path: 'bin/comserv.js', content: readFileSync(join(root, 'scripts/server-command.js')) },
    ...asTheyAre.map((path) => ({ path, content: readFileSync(join(root, path)) })),
    ...sources.map((path) => sourceFile(path, known)),
    ...bundledFiles(),
  ]
}

/** Types, maps, tests and texts for readers are no use to a server that runs; what states a license stays. */
const leftOut =
  /\.(map|[cm]?ts|md|markdown|flow|ya?ml|tsbuildinfo|ico|html)$|[.-](spec|test)\.[cm]?js$|\/(tests?|__tests__|bench(marks?)?|examples?|docs|\.github)\//
const states = /\/(licen[cs]e|notice|copying)[^/]*$/i

/** The packages that the server needs, but not Node.js itself, which differs from machine to machine. */
function bundledFiles(): ArchivedFile[] {
  const isNode = (path: string) => Object.keys(serverManifest.optionalDependencies).includes(path.slice(13))
  return neededPackages(root, serverManifest)
    .filter(({ to, locked }) => !isNode(to) && !locked.optional)
    .flatMap(({ from, to }) =>
      filesAt(`${from}/**/*`)
        .filter((path) => !path.slice(from.length).includes('/node_modules/'))
        .map((path) => ({ path, inside: path.slice(from.length) }))
        .filter(({ inside }) => states.test(inside) || !leftOut.test(inside))
        .map(({ path, inside }) => ({ path: to + inside, content: readFileSync(join(root, path)) })),
    )
}

function filesAt(pattern: string): string[] {
  return globSync(pattern, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}

function jsonFile(path: string, value: object): ArchivedFile {
  return { path, content: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`) }
}

/** Types become spaces, so that lines and columns stay those of the sources. */
function sourceFile(path: string, known: ReadonlySet<string>): ArchivedFile {
  const content = readFileSync(join(root, path))
  if (!/\.(ts|mjs)$/.test(path)) return { path, content }
  const text = content.toString()
  const code = path.endsWith('.ts') ? stripTypeScriptTypes(text, { mode: 'strip' }) : text
  const renamed = code.replace(/(['"`])(\.{1,2}\/[^'"`\s]*)\.ts\1/g, (all, quote, rest) =>
    known.has(posix.join(posix.dirname(path), `${rest}.ts`)) ? `${quote}${rest}.js${quote}` : all,
  )
  return { path: path.replace(/\.ts$/, '.js'), content: Buffer.from(renamed) }
}

if (import.meta.main) {
  const { file, sha256 } = packServer()
  process.stdout.write(`${sha256}  ${file}\n`)
}
