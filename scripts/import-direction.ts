import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/**
 * Imports run downwards: routes -> service -> store -> db, and `lib` below everything. A feature is a folder that is none
 * of the layers named here; two features meet only where `meetingPoints` says so.
 */
type Kind =
  | 'lib'
  | 'config'
  | 'limiter'
  | 'db'
  | 'words'
  | 'schema'
  | 'store'
  | 'part'
  | 'resource'
  | 'declaration'
  | 'service'
  | 'task'
  | 'routes'
  | 'pipeline'
  | 'context'
  | 'entry'

/** What a file is, by its path (the first line that fits), and what it may import; of a feature only its own. */
const rules: readonly { kind: Kind; files: RegExp; imports: readonly Kind[] | 'everything' }[] = [
  { kind: 'entry', files: /^(main|app|sealed-values|resources)\.ts$|^(cli|demo)\//, imports: 'everything' },
  { kind: 'context', files: /^context\.ts$/, imports: 'everything' },
  // The contract of background work stands at the root, since it is nobody's feature.
  { kind: 'lib', files: /^lib\/|^background\.ts$/, imports: ['lib'] },
  { kind: 'config', files: /^config\//, imports: ['config', 'lib'] },
  { kind: 'limiter', files: /^limiter\//, imports: ['limiter', 'lib'] },
  { kind: 'db', files: /^db\//, imports: ['db', 'config', 'lib'] },
  // What services and stores say about a request without knowing HTTP: errors, pages, callers, shared schemas.
  {
    kind: 'words',
    files:
      /^http\/(batch|caller|clean-text|conditional|cursor|errors|json-body|limits|paging|past-instant|report|schemas|text-rules|validate)\.ts$/,
    imports: ['words', 'db', 'lib'],
  },
  { kind: 'pipeline', files: /^http\//, imports: ['pipeline', 'words', 'limiter', 'db', 'config', 'lib'] },
  { kind: 'resource', files: /^resource\//, imports: ['resource', 'pipeline', 'words', 'db', 'lib'] },
  // The declaration of a resource, named like its folder, and what derives from it.
  {
    kind: 'declaration',
    files: /^([a-z]+)\/\1\.ts$/,
    imports: ['resource', 'routes', 'service', 'part', 'store', 'schema', 'pipeline', 'words', 'db', 'lib'],
  },
  {
    kind: 'routes',
    files: /routes\.ts$/,
    imports: ['service', 'part', 'schema', 'pipeline', 'words', 'lib'],
  },
  {
    kind: 'service',
    files: /service\.ts$/,
    imports: ['service', 'resource', 'part', 'store', 'schema', 'db', 'words', 'lib'],
  },
  { kind: 'task', files: /task\.ts$/, imports: ['service', 'part', 'store', 'schema', 'db', 'words', 'lib'] },
  { kind: 'store', files: /store\.ts$/, imports: ['store', 'schema', 'db', 'words', 'lib'] },
  { kind: 'schema', files: /schema\.ts$/, imports: ['schema', 'part', 'words', 'lib'] },
  { kind: 'part', files: /./, imports: ['part', 'store', 'schema', 'db', 'words', 'lib'] },
]

/** What another feature, or the pipeline, may import of a feature; routes and stores may not even that. */
const meetingPoints: readonly RegExp[] = [
  /\/service\.ts$/,
  /^events\/(outbox|types)\.ts$/,
  /^audit\/record\.ts$/,
  /^credentials\/(directory|scopes|secret)\.ts$/,
  /^sessions\/(cookie|directory|end-sessions|token)\.ts$/,
  /^users\/(accounts|names|roles|schema)\.ts$/,
  /^oauth\/errors\.ts$/,
  /^documents\/(category-service|schema)\.ts$/,
  /^webhooks\/backlog-service\.ts$/,
]
const mayMeet: readonly Kind[] = [
  'declaration',
  'resource',
  'service',
  'task',
  'part',
  'schema',
  'words',
  'pipeline',
]

/** Held by every layer above the database as a type, never as a value. */
const mayNameContext: readonly Kind[] = [
  'declaration',
  'resource',
  'part',
  'service',
  'task',
  'routes',
  'pipeline',
]

const exceptions: readonly { from: string; to: string; because: string }[] = [
  {
    from: 'health/routes.ts',
    to: 'db/migrate.ts',
    because: 'whether the tables are current is its question',
  },
]

/** One sentence for each import that runs the wrong way. */
export function importProblems(sourceDir: string): string[] {
  return globSync('**/*.ts', { cwd: sourceDir })
    .sort()
    .flatMap((file) => {
      const from = file.replaceAll('\\', '/')
      return importsOf(readFileSync(join(sourceDir, file), 'utf8'), from)
        .filter(({ to, isType }) => !isAllowed(from, to, isType))
        .map(
          ({ to, isType }) =>
            `${from} (${kindOf(from)}) imports ${to} (${kindOf(to)})${isType ? ' as a type' : ''}`,
        )
    })
}

function isAllowed(from: string, to: string, isType: boolean): boolean {
  const rule = ruleOf(from)
  const target = kindOf(to)
  if (rule.imports === 'everything') return true
  if (target === 'context') return isType && mayNameContext.includes(rule.kind)
  if (exceptions.some((exception) => exception.from === from && exception.to === to)) return true
  const isForeign = isOfFeature(target) && folderOf(from) !== folderOf(to)
  if (isForeign) return mayMeet.includes(rule.kind) && meetingPoints.some((point) => point.test(to))
  return rule.imports.includes(target)
}

function isOfFeature(kind: Kind): boolean {
  return ['routes', 'service', 'store', 'schema', 'part'].includes(kind)
}

function folderOf(file: string): string {
  return file.split('/', 1)[0] ?? ''
}

function kindOf(file: string): Kind {
  return ruleOf(file).kind
}

function ruleOf(file: string) {
  const rule = rules.find(({ files }) => files.test(file))
  if (!rule) throw new Error(`No rule fits ${file}.`)
  return rule
}

function importsOf(source: string, file: string): { to: string; isType: boolean }[] {
  const statements = source.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"]*?from\s+)?'(\.[^']+)'/gm)
  const calls = source.matchAll(/\bimport\(()'(\.[^']+)'\)/g)
  return [...statements, ...calls].map(([, type, path = '']) => ({
    to: posix.join(posix.dirname(file), path),
    isType: Boolean(type),
  }))
}
