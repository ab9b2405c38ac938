import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

export interface Locked {
  version?: string
  link?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
  dev?: boolean
  optional?: boolean
  devOptional?: boolean
}

interface Manifest {
  name: string
  version: string
  dependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}

/** A package that the server needs to run. */
export interface Needed {
  /** Below the root of the repository. */
  from: string
  /** Below the root of the package. */
  to: string
  locked: Locked
}

/**
 * What of the lock file the server needs to run. What npm has put beside the server moves up, which is refused where another
 * version is in that place. Packages for other machines are among them, installed or not.
 */
export function neededPackages(root: string, manifest: Manifest): Needed[] {
  const { packages } = lockOf(root)
  const kept = new Map<string, Needed>()
  const waiting: { from: string; names: string[] }[] = [
    { from: 'server', names: Object.keys(manifest.dependencies) },
    { from: '', names: Object.keys(manifest.optionalDependencies) },
  ]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const name of next.names) {
      const from = placeOf(packages, next.from, name)
      const locked = from === undefined ? undefined : packages[from]
      if (from === undefined || !locked) continue
      const { dev: _dev, devOptional: _devOptional, ...rest } = locked
      const to = from.replace(/^server\//, '')
      const known = kept.get(to)
      if (known?.from === from) continue
      if (known) throw new Error(`The server needs two versions of ${name} in one place; pin one of them.`)
      kept.set(to, { from, to, locked: rest })
      waiting.push({ from, names: neededBy(locked) })
    }
  }
  return [...kept.values()].sort((a, b) => (a.to < b.to ? -1 : 1))
}

/** A lock file for the package alone: the same versions, with the same hashes. */
export function serverLock(root: string, manifest: Manifest): object {
  const { name, version } = manifest
  const needed = neededPackages(root, manifest).map(({ to, locked }) => [to, locked])
  const packages = { '': manifest, ...Object.fromEntries(needed) }
  return { name, version, lockfileVersion: lockOf(root).lockfileVersion, requires: true, packages }
}

function lockOf(root: string): { lockfileVersion: number; packages: Record<string, Locked> } {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
}

function neededBy({
  dependencies,
  optionalDependencies,
  peerDependencies = {},
  peerDependenciesMeta = {},
}: Locked) {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/** As Node.js looks for it, from the folder upwards. */
function placeOf(packages: Record<string, Locked>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = posix.dirname(folder)) {
    const at = folder === '' || folder === '.' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (packages[at] && !packages[at].link) return at
    if (folder === '' || folder === '.') return undefined
  }
}
