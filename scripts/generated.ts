import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { javaScriptCallsOf } from './client-javascript.ts'
import { clientMethodsOf } from './client-methods.ts'
import { phpCallsOf } from './client-php.ts'
import { pythonCallsOf } from './client-python.ts'
import { syncFilesOf } from './client-sync-python.ts'
import { clientTypesOf } from './client-types.ts'
import { phpTypesOf } from './client-types-php.ts'
import { pythonTypesOf } from './client-types-python.ts'
import * as tables from './guide-tables.ts'
import { runProgram } from './run-program.ts'
import { schemaFiles, sqliteSchema } from './schema-dump.ts'

export const root = join(import.meta.dirname, '..')

export interface Generated {
  file: string
  committed: string
  wanted: string
}

/** Every committed generated file, with its current and its expected content. */
export async function generatedFiles(): Promise<Generated[]> {
  const description = await openApi()
  return [
    description,
    { file: schemaFiles.sqlite, committed: read(schemaFiles.sqlite), wanted: await sqliteSchema() },
    await clientTypes(description.wanted),
    ...files(
      'sdk/javascript/src/generated',
      '{types,resources,resources/*}.ts',
      javaScriptCallsOf(description.wanted),
    ),
    ...phpFiles(description.wanted),
    ...files('sdk/vectors', 'methods.json', new Map([['methods.json', clientMethodsOf(description.wanted)]])),
    ...pythonFiles(description.wanted),
    withTables('docs/guides/configuration.md', { settings: tables.settingsTable() }),
    withTables('docs/guides/authentication.md', { scopes: tables.scopesTable() }),
    withTables('docs/guides/errors.md', { errors: tables.errorsTable() }),
    withTables('docs/guides/lists.md', { lists: tables.listsTable(JSON.parse(description.wanted)) }),
    withTables('docs/guides/users.md', { roles: tables.rolesTable() }),
    withTables('docs/guides/idempotency-and-concurrency.md', {
      calls: tables.safeCallsTable(JSON.parse(description.wanted)),
    }),
    withTables('docs/guides/events.md', {
      events: tables.eventTypesTable(),
      actions: tables.auditActionsTable(),
    }),
    withTables('docs/guides/webhooks.md', {
      events: tables.eventTypesTable(),
      failures: tables.failuresTable(),
      retries: tables.retriesTable(),
      settings: tables.settingsTable((name) => /^COMSERV_WEBHOOK_|_PROXY$/.test(name)),
    }),
  ]
}

async function openApi(): Promise<Generated> {
  const { code, stdout, output } = await runProgram(process.execPath, ['server/src/main.mjs', 'openapi'])
  if (code !== 0) throw new Error(`The OpenAPI document cannot be generated:\n${output}`)
  return { file: 'openapi.json', committed: read('openapi.json'), wanted: stdout }
}

async function clientTypes(openApiText: string): Promise<Generated> {
  const file = 'sdk/javascript/src/generated/api.ts'
  return { file, committed: read(file), wanted: await clientTypesOf(openApiText) }
}

function phpFiles(openApiText: string): Generated[] {
  const made = new Map([...phpTypesOf(openApiText), ...phpCallsOf(openApiText)])
  return files('sdk/php/src', '{Model,Request,Resource}/*.php', made)
}

/** Existing files that are no longer generated should be empty, that is, deleted. */
function files(folder: string, pattern: string, wanted: ReadonlyMap<string, string>): Generated[] {
  const there = globSync(pattern, { cwd: join(root, folder) })
  return [...new Set([...wanted.keys(), ...there])].map((name) => {
    const file = posix.join(folder, name)
    return { file, committed: read(file), wanted: wanted.get(name) ?? '' }
  })
}

/** The blocking client derives from the asyncio one, including its generated files. */
function pythonFiles(openApiText: string): Generated[] {
  const source = 'sdk/python/src/comserv'
  const types = Object.entries(pythonTypesOf(openApiText)).map(
    ([name, text]) => [`${name}.py`, text] as const,
  )
  const calls = pythonCallsOf(openApiText)
  const made = new Map([...calls].map(([name, text]) => [`${source}/_async/${name}`, text]))
  const derived = syncFilesOf(root, made).map(({ file, wanted }) => [file, wanted] as const)
  return [
    ...files(`${source}/_generated`, '{answers,requests,values,events}.py', new Map(types)),
    ...files(`${source}/_async`, 'resources/*.py', calls),
    ...files('', `${source}/_sync/resources/*.py`, new Map(derived)),
  ]
}

/** Replaces the lines between each `<!-- generated: name -->` and the next `<!-- end -->`. */
function withTables(file: string, generated: Readonly<Record<string, string>>): Generated {
  const committed = read(file)
  let wanted = committed
  for (const [name, table] of Object.entries(generated)) {
    const begin = `<!-- generated: ${name} -->\n`
    const [before, rest] = split(wanted, begin)
    const [, after] = split(rest, '<!-- end -->')
    if (!wanted.includes(begin) || !rest.includes('<!-- end -->'))
      throw new Error(`${file} has no place for the table: ${begin.trim()} … <!-- end -->`)
    wanted = `${before}${begin}\n${table}\n\n<!-- end -->${after}`
  }
  return { file, committed, wanted }
}

function read(file: string): string {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return ''
  }
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at)
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)]
}
