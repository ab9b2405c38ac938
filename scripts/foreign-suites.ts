import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type TestCase, testCasesOf } from './junit.ts'
import { phpSkipReason } from './php.ts'
import { pythonOfClient } from './python-environment.ts'
import { runProgram } from './run-program.ts'

/** A suite in another language. It runs as one process, and writes a JUnit report. */
export interface ForeignSuite {
  name: string
  /** In the project; the suite runs when one of its files is selected. */
  folder: string
  /** @returns the program and its arguments, from the root of the project */
  command(asked: {
    /** Path of the report. */
    report: string
    /** The selected files; empty for all. */
    files: readonly string[]
    /** Words that select tests by name. */
    grep: string | undefined
  }): readonly [program: string, ...args: string[]]
  /** Why it cannot run on this machine, with a remedy; undefined when it can. */
  skipReason(): string | undefined
}

export const foreignSuites: readonly ForeignSuite[] = [
  {
    name: 'python',
    folder: 'sdk/python',
    command: ({ report, files, grep }) => [
      pythonOfClient,
      '-m',
      'pytest',
      '-q',
      '-c',
      'sdk/python/pyproject.toml',
      `--junitxml=${report}`,
      ...(grep === undefined ? [] : ['-k', grep.trim().split(/\W+/).join(' and ')]),
      ...(files.length > 0 ? files : ['sdk/python/tests']),
    ],
    skipReason: () =>
      existsSync(pythonOfClient)
        ? undefined
        : 'its packages are not installed; node scripts/python-environment.ts installs them',
  },
  {
    name: 'php',
    folder: 'sdk/php',
    command: ({ report, files, grep }) => [
      'phpunit',
      '--configuration',
      'sdk/php/phpunit.xml',
      '--log-junit',
      report,
      ...phpFilter(files, grep),
    ],
    skipReason: phpSkipReason,
  },
]

/** PHPUnit takes at most one file, so several are selected by the names of their classes. */
function phpFilter(files: readonly string[], grep: string | undefined): string[] {
  const classes = files.map((file) => basename(file, '.php'))
  const parts = [
    ...(classes.length > 0 ? [`\\\\(${classes.join('|')})::`] : []),
    ...(grep ? [grep.replaceAll('/', '\\/')] : []),
  ]
  return parts.length === 0 ? [] : ['--filter', `/${parts.join('.*')}/`]
}

const outputShown = 4_000

/** @returns the results of its tests; a missing report or a bad exit is a failure of its own */
export async function runForeignSuite(
  suite: ForeignSuite,
  files: readonly string[],
  grep: string | undefined,
): Promise<TestCase[]> {
  const reason = suite.skipReason()
  if (reason !== undefined) return [{ name: suite.folder, place: '', outcome: 'skipped', text: reason }]
  const folder = mkdtempSync(join(tmpdir(), `comserv-${suite.name}-`))
  const report = join(folder, 'report.xml')
  try {
    const [program, ...args] = suite.command({ report, files, grep })
    const { code, output } = await runProgram(program, args)
    const cases = existsSync(report) ? testCasesOf(readFileSync(report, 'utf8')) : []
    if (cases.some(({ outcome }) => outcome === 'failed') || (code === 0 && cases.length > 0)) return cases
    const text = `It ended with ${code} after ${cases.length} tests.\n${output.slice(-outputShown)}`
    return [...cases, { name: suite.folder, place: '', outcome: 'failed', text }]
  } finally {
    rmSync(folder, { recursive: true })
  }
}
