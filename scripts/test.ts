import { glob } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { run } from 'node:test'
import { inspect, parseArgs } from 'node:util'
import { migratedTemplate } from '../server/test/fresh-database.ts'
import { fetchClientRuntimes } from './client-runtimes.ts'
import { usesDatabase } from './database-tests.ts'
import { type ForeignSuite, foreignSuites, runForeignSuite } from './foreign-suites.ts'
import { startPostgres } from './postgres.ts'
import { setUpPython } from './python-environment.ts'

/**
 * `npm test`: the server's suites on the embedded database, and those that use a database on a real PostgreSQL, too; then
 * those of the client libraries in their languages, and the console's in a browser. Tests without a database run once.
 * Ends with a table of skipped tests and reasons, and the line `N passed, N failed`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'no-skips': { type: 'boolean' },
    on: { type: 'string' },
    grep: { type: 'string' },
    pictures: { type: 'boolean' },
  },
})

const root = join(import.meta.dirname, '..')
const perFileTimeoutMs = 900_000
const slowestShown = 10
const totals = { passed: 0, failed: 0 }
const skipped: { suite: string; test: string; reason: string }[] = []
// As in main.mjs: loading the server takes a test file 0.9 s of processor time instead of 1.5 s.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/comserv')

const files =
  positionals.length > 0
    ? positionals.map((file) => join(process.cwd(), file))
    : [
        ...(await filesOf('server/test/**/*.test.ts')),
        ...(await filesOf('sdk/javascript/test/**/*.test.ts')),
        ...(await filesOf('console/test/**/*.test.ts')),
      ]
const within = (folder: string) => (file: string) => file.startsWith(join(root, folder))
const serverFiles = files.filter((file) => !within('console')(file) && !within('sdk')(file))
const inSuite = (suite: ForeignSuite) => files.filter(within(`${suite.folder}/`))
const clientFiles = files.filter((file) => within('sdk')(file) && file.endsWith('.ts'))
const browserFiles = files.filter(within('console'))
const isWhole = positionals.length === 0
// Before the samples of the guides, which need it too.
if (isWhole && values.on !== 'postgres') await setUpPython()
if (values.on !== 'postgres') await runSuite('sqlite', serverFiles.filter(hasTestsOnSqlite), {})
if (values.on !== 'sqlite') await onPostgres()
if (values.on !== 'postgres' && isWhole) await fetchClientRuntimes()
if (values.on !== 'postgres') await runSuite('clients', clientFiles, {})
for (const suite of foreignSuites) {
  const asked = inSuite(suite)
  if (values.on !== 'postgres' && (isWhole || asked.length > 0)) await runForeign(suite, asked)
}
if (values.on !== 'postgres') await inBrowser()

if (skipped.length > 0) {
  process.stdout.write('\nSkipped:\n')
  for (const { suite, test, reason } of skipped) process.stdout.write(`  ${suite}  ${test}  (${reason})\n`)
} else {
  process.stdout.write('\nSkipped: nothing\n')
}
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`)
if (totals.failed > 0 || totals.passed === 0 || (values['no-skips'] && skipped.length > 0))
  process.exitCode = 1

async function onPostgres(): Promise<void> {
  if (serverFiles.length === 0) return
  const server = await startPostgres()
  try {
    await runSuite('postgres', isWhole ? serverFiles.filter((file) => usesDatabase(file)) : serverFiles, {
      COMSERV_TEST_POSTGRES_URL: server.url,
      COMSERV_TEST_POSTGRES_TEMPLATE: await migratedTemplate(server.url),
    })
  } finally {
    await server.stop()
  }
}

/** All in DejaVu; those that test the size of texts again in Noto, which is lower and narrower. */
async function inBrowser(): Promise<void> {
  const pictures = values.pictures ? { COMSERV_TEST_PICTURES: 'yes' } : {}
  await runSuite('browser', browserFiles, pictures)
  const ofLayout = /\/(docs-looks|events|long-text|notices|pages)\.test\.ts$/
  await runSuite(
    'browser in Noto',
    browserFiles.filter((file) => ofLayout.test(file)),
    { COMSERV_TEST_FONTS: 'noto' },
  )
}

function hasTestsOnSqlite(file: string): boolean {
  return !basename(file).startsWith('postgres-')
}

async function filesOf(pattern: string): Promise<string[]> {
  const found: string[] = []
  for await (const file of glob(pattern, { cwd: root })) found.push(join(root, file))
  return found.sort()
}

/** Runs files in parallel, prints failures, and adds up. A file without tests counts as a failure. */
async function runSuite(suite: string, files: string[], env: Record<string, string>): Promise<void> {
  if (files.length === 0) return
  const startedMs = Date.now()
  const seen = { passed: 0, failed: 0, skipped: 0 }
  /** The output of a file; shown when the whole file fails, because it has the reason. */
  const printed = new Map<string, string>()
  const tookMs = new Map<string, number>()
  const stream = run({
    files,
    concurrency: availableParallelism(),
    timeout: perFileTimeoutMs,
    env: { ...settingsRemoved(process.env), ...env },
    ...(values.grep ? { testNamePatterns: [values.grep] } : {}),
  })
  for await (const { type, data } of stream) {
    if (type === 'test:stderr' || type === 'test:stdout') {
      printed.set(data.file, (printed.get(data.file) ?? '') + data.message)
    } else if (type === 'test:summary') {
      if (data.file !== undefined) tookMs.set(data.file, data.duration_ms)
    } else if (type === 'test:pass' || type === 'test:fail') {
      const isSuite = data.details.type === 'suite'
      if (type === 'test:pass' && isSuite && data.skip === undefined) continue
      if (type === 'test:pass' && isFileItself(data)) {
        // With a filter by name, a file may have no matching test.
        if (values.grep !== undefined) continue
        seen.failed++
        report(suite, data.name, data.file, data.line, 'The file has no test.')
      } else if (data.skip !== undefined) {
        seen.skipped++
        skipped.push({
          suite,
          test: data.name,
          reason: typeof data.skip === 'string' && data.skip ? data.skip : 'no reason given',
        })
      } else if (type === 'test:pass') seen.passed++
      else if (isParentOfFailure(data.details.error)) continue
      else {
        seen.failed++
        report(suite, data.name, data.file, data.line, data.details.error)
        if (isFileItself(data)) process.stdout.write(printed.get(data.file ?? '')?.slice(-4_000) ?? '')
      }
    }
  }
  addUp(suite, seen, startedMs)
  if (files.length > 1) printSlowest(tookMs)
}

/** Helps to find slow files. */
function printSlowest(tookMs: ReadonlyMap<string, number>): void {
  const slowest = [...tookMs].sort(([, a], [, b]) => b - a).slice(0, slowestShown)
  const shown = slowest.map(([file, ms]) => `${basename(file, '.test.ts')} ${Math.round(ms / 1_000)} s`)
  process.stdout.write(`  the slowest files: ${shown.join(', ')}\n`)
}

/** A suite in another language, whose tests count like ours. */
async function runForeign(suite: ForeignSuite, files: readonly string[]): Promise<void> {
  const startedMs = Date.now()
  const lack = suite.skipReason()
  if (lack !== undefined && !values['no-skips']) {
    process.stdout.write(`${suite.name}: left out, ${lack}\n`)
    return
  }
  const cases = await runForeignSuite(suite, files, values.grep)
  const of = (outcome: string) => cases.filter((one) => one.outcome === outcome)
  for (const { name, place, text } of of('failed'))
    process.stdout.write(
      `\nFAILED on ${suite.name}: ${name}\n  ${place}\n  ${text.replaceAll('\n', '\n  ')}\n`,
    )
  for (const { name, text } of of('skipped'))
    skipped.push({ suite: suite.name, test: name, reason: text || 'no reason given' })
  addUp(
    suite.name,
    { passed: of('passed').length, failed: of('failed').length, skipped: of('skipped').length },
    startedMs,
  )
}

function addUp(
  suite: string,
  seen: { passed: number; failed: number; skipped: number },
  startedMs: number,
): void {
  totals.passed += seen.passed
  totals.failed += seen.failed
  const seconds = Math.round((Date.now() - startedMs) / 1_000)
  process.stdout.write(
    `${suite}: ${seen.passed} passed, ${seen.failed} failed, ${seen.skipped} skipped in ${seconds} s\n`,
  )
}

function isFileItself({ name, file, nesting }: { name: string; file?: string; nesting: number }): boolean {
  return nesting === 0 && file !== undefined && resolve(root, name) === file
}

/** A failed subtest also fails its parents; only the innermost counts. */
function isParentOfFailure(error: unknown): boolean {
  const { failureType } = error as { failureType?: string }
  return failureType === 'subtestsFailed'
}

function report(
  suite: string,
  name: string,
  file: string | undefined,
  line: number | undefined,
  error: unknown,
): void {
  const cause = (error as { cause?: unknown }).cause ?? error
  const { stack, message } = cause as { stack?: unknown; message?: unknown }
  // A test file sends its errors as data: what arrives need not be an Error, nor be convertible to a string.
  const text = [stack, message, cause].find((one) => typeof one === 'string') ?? inspect(cause)
  process.stdout.write(
    `\nFAILED on ${suite}: ${name}\n  ${file?.replace(`${root}/`, '')}:${line}\n  ${text.replaceAll('\n', '\n  ')}\n`,
  )
}

/** Settings of the machine must not affect the tests. */
function settingsRemoved(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(COMSERV_(?!TEST_|FUZZ_|CRASH_|POWER_)|DATABASE_URL$|REDIS_URL$|PORT$|HOST$)/.test(name),
  )
  return { ...Object.fromEntries(kept), FORCE_COLOR: '0' }
}
