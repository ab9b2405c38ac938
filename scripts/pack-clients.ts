import { hash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type ArchivedFile, tarGzOf, zipOf } from './pack-archives.ts'
import { wheelOf } from './pack-wheel.ts'

const sdk = join(import.meta.dirname, '../sdk')
/** Where the server looks for them; `server/src/site/packages.ts` describes manifest.json. */
export const packedDir = join(sdk, 'dist')

interface Packed {
  language: 'javascript' | 'python' | 'php'
  file: string
  type: string
  version: string
  bytes: Buffer
  /** What an index of packages says about it. */
  about: object
}

/**
 * Packs the client libraries into sdk/dist, from where the server serves them. The JavaScript client is left out where
 * it has not been built, which takes the compiler.
 */
export function packClients(into = packedDir): void {
  const javascript = existsSync(join(sdk, 'javascript/dist/cjs/package.json')) ? [javascriptPackage()] : []
  if (javascript.length === 0)
    process.stderr.write('The JavaScript client is not packed: it has not been built (npm ci builds it).\n')
  const packages = [...javascript, pythonPackage(), phpPackage()]
  mkdirSync(into, { recursive: true })
  for (const { file, bytes } of packages) writeFileSync(join(into, file), bytes)
  const manifest = packages.map(({ bytes, ...rest }) => ({
    ...rest,
    sha1: hash('sha1', bytes),
    sha256: hash('sha256', bytes),
  }))
  // A server that is running sees the former packages or the new ones.
  const next = join(into, 'manifest.json.next')
  writeFileSync(next, JSON.stringify(manifest))
  renameSync(next, join(into, 'manifest.json'))
  const kept = new Set(['manifest.json', ...packages.map(({ file }) => file)])
  for (const name of readdirSync(into)) if (!kept.has(name)) rmSync(join(into, name))
}

export function isPacked(): boolean {
  return existsSync(join(packedDir, 'manifest.json'))
}

function javascriptPackage(): Packed {
  const folder = join(sdk, 'javascript')
  const { name, version, files } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  // npm adds these three to what package.json lists.
  const listed = ['package.json', 'README.md', 'LICENSE', ...files]
  const bytes = tarGzOf(
    filesIn(folder, listed).map((file) =>
      file.path === 'package.json'
        ? { ...file, path: 'package/package.json', content: publishedManifest(file.content) }
        : { ...file, path: `package/${file.path}` },
    ),
  )
  const file = `${name}-${version}.tgz`
  return { language: 'javascript', file, type: 'application/gzip', version, bytes, about: {} }
}

/** Without development scripts and dependencies: npm would warn about them at every install. */
function publishedManifest(content: Buffer): Buffer {
  const { scripts: _, devDependencies: __, ...manifest } = JSON.parse(content.toString())
  return Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)
}

function pythonPackage(): Packed {
  const folder = join(sdk, 'python')
  const modules = filesIn(join(folder, 'src'), ['comserv']).filter(({ path }) => /\.(py|typed)$/.test(path))
  const { name, version, requiresPython, files } = wheelOf(folder, modules)
  const about = { requiresPython }
  const file = `${name}-${version}-py3-none-any.whl`
  return { language: 'python', file, type: 'application/zip', version, bytes: zipOf(files), about }
}

function phpPackage(): Packed {
  const folder = join(sdk, 'php')
  const about = JSON.parse(readFileSync(join(folder, 'composer.json'), 'utf8'))
  const { version, archive } = about
  const listed = readdirSync(folder).filter(
    (name) => !name.startsWith('.') && !archive.exclude.includes(`/${name}`),
  )
  const bytes = zipOf(
    filesIn(
      folder,
      listed.filter((name) => name !== 'vendor'),
    ),
  )
  return {
    language: 'php',
    file: `comserv-php-${version}.zip`,
    type: 'application/zip',
    version,
    bytes,
    about,
  }
}

/** The files at and below these names, with paths relative to the folder. */
function filesIn(folder: string, names: readonly string[]): ArchivedFile[] {
  return names.flatMap((name) => {
    const at = join(folder, name)
    if (!statSync(at).isDirectory()) return [{ path: name, content: readFileSync(at) }]
    const inside = readdirSync(at).map((entry) => `${name}/${entry}`)
    return filesIn(folder, inside)
  })
}
