import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../../config/decide.ts'
import { type Check, type Found, ok, problem, warning } from './finding.ts'

/** `engines` of package.json. */
export const nodeMin = [24, 7] as const
const freeShareMin = 0.05
const freeShareWanted = 0.2
const freeBytesMin = 500 * 1024 ** 2
/** So much free space is enough on a disk of any size. */
const freeBytesWanted = 50 * 1024 ** 3

/** What needs no settings. */
export const nodeCheck: Check = { name: 'node', run: async () => nodeVersion(process.versions.node) }

export function machineChecks(config: Config): Check[] {
  return [
    { name: 'disk', run: async () => disks(config) },
    { name: 'permissions', run: async () => permissions(config) },
  ]
}

export function nodeVersion(version: string): Found {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1])
  return isOld
    ? problem(
        `Node.js ${version} is too old.`,
        `Use Node.js ${nodeMin.join('.')} or later; \`npm ci\` installs one as node_modules/.bin/node.`,
      )
    : ok(`Node.js ${version}.`)
}

function disks({ database, dataDir, erasures }: Config): Found[] {
  const folders = [...new Set([dataDir, dirname(erasures.register)].map(existing))]
  const bytes = database.kind === 'sqlite' ? sizeOf(database.file) + sizeOf(`${database.file}-wal`) : 0
  return folders.map((folder) => {
    const { bavail, bsize, blocks } = statfsSync(folder)
    return diskSpace(folder, { freeBytes: bavail * bsize, totalBytes: blocks * bsize, databaseBytes: bytes })
  })
}

interface Space {
  freeBytes: number
  totalBytes: number
  databaseBytes: number
}

/** Judges the free space of a folder, in which a backup may be made. */
export function diskSpace(folder: string, { freeBytes, totalBytes, databaseBytes }: Space): Found {
  const share = totalBytes === 0 ? 1 : freeBytes / totalBytes
  const text = `${shown(freeBytes)} are free where ${folder} is (${Math.floor(share * 100)} %)`
  const advice = 'Free some space or enlarge the disk; docs/guides/self-hosting.md says what takes it.'
  if (freeBytes < freeBytesMin || (share < freeShareMin && freeBytes < freeBytesWanted))
    return problem(`Only ${text}.`, advice)
  if (freeBytes < databaseBytes)
    return warning(
      `${text}, and the database takes ${shown(databaseBytes)}.`,
      `A copy of it does not fit. ${advice}`,
    )
  return share < freeShareWanted && freeBytes < freeBytesWanted
    ? warning(`Only ${text}.`, advice)
    : ok(`${text}.`)
}

function shown(bytes: number): string {
  return bytes < 1024 ** 3 ? `${Math.floor(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`
}

function permissions({ database, dataDir, isSecretKeyGiven }: Config): Found | Found[] {
  const found: Found[] = []
  if (database.kind === 'sqlite' || existsSync(dataDir)) found.push(...folderProblems(dataDir))
  if (process.platform !== 'win32') {
    found.push(...readableByOthers(secretFiles(dataDir), isSecretKeyGiven))
    const envFile = resolve('.env')
    if (
      isOpen(envFile) &&
      /^\s*(export\s+)?(COMSERV_SECRET_KEY|DATABASE_URL|REDIS_URL|COMSERV_SMTP_URL|COMSERV_BACKUP_S3_SECRET_ACCESS_KEY)\s*=/m.test(
        textOf(envFile),
      )
    )
      found.push(
        problem(
          `${envFile} holds secrets, and other users of this machine can read it.`,
          `Run: chmod 600 ${envFile}`,
        ),
      )
  }
  return found.length > 0
    ? found
    : ok('The data folder can be written to, and no other user can read secrets.')
}

function folderProblems(dataDir: string): Found[] {
  const stats = statSync(dataDir, { throwIfNoEntry: false })
  if (stats && !stats.isDirectory())
    return [problem(`The data folder ${dataDir} is a file.`, 'Set COMSERV_DATA_DIR to a folder.')]
  const nearest = existing(dataDir)
  const files = stats
    ? ['comserv.db', 'comserv.db-wal', 'comserv.db-shm'].map((name) => join(dataDir, name))
    : []
  const refused = [nearest, ...files.filter(existsSync)].find((path) => !isWritable(path))
  if (refused === undefined) return []
  return [
    problem(
      `${refused} cannot be written to by this user.`,
      'Make it writable for the user of the server, or run the command as that user.',
    ),
  ]
}

function secretFiles(dataDir: string): string[] {
  try {
    return readdirSync(dataDir)
      .filter(
        (name) => name.startsWith('secret-key') || name.endsWith('.secret-key') || name === 'comserv.db',
      )
      .map((name) => join(dataDir, name))
  } catch {
    return []
  }
}

function readableByOthers(files: readonly string[], isSecretKeyGiven: boolean): Found[] {
  return files
    .filter(isOpen)
    .map((file) =>
      file.endsWith('comserv.db')
        ? warning(`Other users of this machine can read ${file}.`, `Run: chmod 600 ${file}`)
        : problem(
            `Other users of this machine can read ${file}: with it they can issue access tokens.`,
            `Run: chmod 600 ${file}${isSecretKeyGiven ? '' : ', and rotate the key with `comserv keys rotate-master` if others had access'}`,
          ),
    )
}

function isOpen(file: string): boolean {
  return ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** The folder, or the nearest one above it that exists. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder))
}
