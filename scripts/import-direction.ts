import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** The folders and root files of `server/src`, lowest first. A file imports only from its own folder and earlier rows. */
const rows: readonly (readonly string[])[] = [
  ['lib'],
  ['config', 'limiter', 'expressions'],
  ['db'],
  ['api'],
  ['extension'],
  ['access'],
  ['http'],
  ['audit', 'events'],
  ['mail'],
  ['resource'],
  ['sending'],
  ['hooks'],
  ['roles'],
  ['users'],
  ['second-factors'],
  ['credentials', 'oauth', 'sessions'],
  ['applications', 'backups', 'usage'],
  ['webhooks'],
  ['deliveries', 'extensions'],
  ['documents'],
  ['categories', 'permissions'],
  ['openapi'],
  ['import', 'mcp', 'metrics', 'site', 'health'],
  ['erasure'],
  ['catalog'],
  ['context.ts', 'resources.ts', 'sealed-logs.ts', 'sealed-columns.ts'],
  ['sealed-values.ts'],
  ['secret-key-rotation.ts'],
  ['app.ts', 'demo'],
  ['cli'],
  ['main.ts'],
]

/** The kind of a file is the last word of its name; for each kind, the kinds it must not import within its feature. */
const within: Readonly<Record<string, readonly string[]>> = {
  schema: ['store', 'service', 'routes'],
  store: ['service', 'routes'],
  service: ['routes'],
  routes: ['store'],
}

/** Kinds that other features must not import. */
const own = ['store', 'routes']
/** Features that span several folders. */
const families: readonly (readonly string[])[] = [['sending', 'webhooks', 'deliveries', 'test-receivers']]
/** The layers below the features; everything above may import all of them. */
const layers = ['lib', 'config', 'limiter', 'db', 'api', 'extension', 'access', 'http', 'resource']
/** These put everything together. */
const composing = [
  'app.ts',
  'resources.ts',
  'sealed-logs.ts',
  'sealed-columns.ts',
  'sealed-values.ts',
  'secret-key-rotation.ts',
  'cli',
  'demo',
  'main.ts',
]
/** Kinds that must not use the context, not even as a type: they get what they need as parameters. */
const withoutContext = ['schema', 'store']

const exceptions: Readonly<Record<string, string>> = {
  // Readiness depends on pending migrations.
  'health/routes.ts': 'db/migrate.ts',
}

/** One sentence for each import in the wrong direction. */
export function importProblems(sourceDir: string): string[] {
  return globSync('**/*.ts', { cwd: sourceDir })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .flatMap((from) =>
      importsOf(readFileSync(join(sourceDir, from), 'utf8'), from).flatMap(({ to, isType }) => {
        const problem = exceptions[from] === to ? undefined : problemOf(from, to, isType)
        return problem === undefined ? [] : [`${from} imports ${to}: ${problem}`]
      }),
    )
}

function problemOf(from: string, to: string, isType: boolean): string | undefined {
  const [here, there] = [folderOf(from), folderOf(to)]
  if (to === 'context.ts' && !composing.includes(here)) {
    if (!isType) return 'only app.ts creates a context'
    if (withoutContext.includes(wordOf(from)) || layerBelowContext(here))
      return 'it gets what it needs of the context as parameters'
    return undefined
  }
  if (from === 'context.ts') return isType ? undefined : 'it names types only'
  if (here !== there && rowOf(there) >= rowOf(here)) return `${there} is not below ${here}`
  if (composing.includes(here)) return undefined
  if (here === there) {
    return within[wordOf(from)]?.includes(wordOf(to))
      ? `a ${wordOf(from)} does not import a ${wordOf(to)}`
      : undefined
  }
  if (layers.includes(there) || families.some((family) => family.includes(here) && family.includes(there)))
    return undefined
  return own.includes(wordOf(to)) ? `the ${wordOf(to)} of ${there} is private` : undefined
}

/** Of the layers, only the pipeline and the declared resource may know the features. */
function layerBelowContext(folder: string): boolean {
  return rowOf(folder) < rowOf('http')
}

/** A folder in no row is a feature that nothing else builds on. */
function rowOf(folder: string): number {
  const row = rows.findIndex((names) => names.includes(folder))
  if (row === -1 && folder.endsWith('.ts'))
    throw new Error(`${folder} is in no row of scripts/import-direction.ts.`)
  return row === -1 ? rowOf('categories') : row
}

function folderOf(file: string): string {
  return file.split('/', 1)[0] ?? ''
}

function wordOf(file: string): string {
  return /([a-z]+)\.ts$/.exec(file)?.[1] ?? ''
}

function importsOf(source: string, file: string): { to: string; isType: boolean }[] {
  const statements = source.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"]*?from\s+)?'(\.[^']+)'/gm)
  const calls = source.matchAll(/\bimport\(()'(\.[^']+)'\)/g)
  return [...statements, ...calls].map(([, type, path = '']) => ({
    to: posix.join(posix.dirname(file), path),
    isType: Boolean(type),
  }))
}
