import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { changelogGaps } from './changelog-gaps.ts'
import { wordProblems } from './console-words.ts'
import { currentContract } from './contract.ts'
import { contractDiff } from './contract-diff.ts'
import { firstLoadProblems } from './first-load.ts'
import { generatedFiles, root } from './generated.ts'
import { importProblems } from './import-direction.ts'
import { isThere, mago, magoVersion } from './php.ts'
import { pythonOfClient } from './python-environment.ts'
import { runProgram } from './run-program.ts'
import { javaScriptSampleProblems, pythonSampleProblems } from './sample-types.ts'
import { sizeProblems } from './sizes.ts'

/**
 * `npm run check`: everything except tests that must hold before a change is merged. Reports all failures at once, each
 * with a remedy.
 */
type Result =
  | { kind: 'passed' }
  | { kind: 'failed'; problems: readonly string[] }
  | { kind: 'unknown'; why: string }

interface Check {
  name: string
  /** How to fix a failure. */
  remedy: string
  run(): Promise<Result> | Result
}

const reportLinesMax = 40

/** One of the benchmarks, but checked with the rules of the client. */
const benchmark = '../../bench/client-python.py'
const rules = ['--config', 'pyproject.toml']
const withoutPython: Result = {
  kind: 'unknown',
  why: 'the packages of the Python client are not installed; node scripts/python-environment.ts installs them',
}

const checks: readonly Check[] = [
  {
    name: 'format and lint',
    remedy: 'npm run format, then fix the rest by hand',
    run: () => program('node_modules/.bin/biome', ['check', '--error-on-warnings', '.']),
  },
  { name: 'types', remedy: 'fix the types', run: () => program('node_modules/.bin/tsc', ['-p', '.']) },
  {
    name: 'types of the JavaScript client',
    remedy: 'fix the types; the client may only use what Node 20 and browsers have',
    run: () => program('node_modules/.bin/tsc', ['-p', 'sdk/javascript', '--noEmit']),
  },
  { name: 'format of the PHP client', remedy: 'fix it by hand, following PSR-12', run: phpFormat },
  {
    name: 'types of the PHP client',
    remedy: 'fix the types; PHP 8.1 is the oldest supported version',
    run: phpTypes,
  },
  {
    name: 'format and lint of the Python client',
    remedy: 'npm run format:python, then fix the rest by hand',
    run: () =>
      python(
        ['ruff', 'check', ...rules, '.', benchmark],
        ['ruff', 'format', '--check', ...rules, '.', benchmark],
      ),
  },
  {
    name: 'types of the Python client',
    remedy: 'fix the types',
    run: () => python(['mypy', 'src', 'tests', 'examples'], ['mypy', benchmark]),
  },
  {
    name: 'types in the samples of the guides',
    remedy: 'fix the sample, or the types of the client if a user would stumble over them',
    run: sampleTypes,
  },
  {
    name: 'types of the console',
    remedy: 'fix the types',
    run: () => program('node_modules/.bin/tsc', ['-p', 'console']),
  },
  {
    name: 'first load of the console',
    remedy: 'load code that not every page needs with the page that needs it (import())',
    run: async () => failedBy(await firstLoadProblems()),
  },
  {
    name: 'words of the console',
    remedy: 'give the sentence to t() or rich(), and each language of console/src/i18n the sentence',
    run: () => failedBy(wordProblems()),
  },
  {
    name: 'import direction',
    remedy: 'move the code, or change the table in scripts/import-direction.ts and explain why',
    run: () => failedBy(importProblems(join(root, 'server/src'))),
  },
  { name: 'generated files', remedy: 'npm run generate, and commit the result', run: generatedDrift },
  {
    name: 'released contract',
    remedy: 'revert the change, or make it an addition; docs/guides/versions.md explains deprecation',
    run: async () => failedBy(await contractDiff()),
  },
  { name: 'lock files', remedy: 'remove the URLs; .npmrc keeps npm from writing them', run: lockFiles },
  {
    name: 'sizes',
    remedy: 'split long files and functions by subject, and merge short files into their neighbours',
    run: () => failedBy(sizeProblems()),
  },
  {
    name: 'changelog',
    remedy: 'write in the changelog what to call instead, and how long the old call works',
    run: async () => failedBy(changelogGaps(await currentContract(), read('CHANGELOG.md'))),
  },
  { name: 'links in the documents', remedy: 'fix the link', run: brokenLinks },
  {
    name: 'known vulnerabilities',
    remedy: 'npm audit shows the details; update the packages it names',
    run: audit,
  },
]

const results = await Promise.all(checks.map(async (check) => ({ ...check, result: await outcomeOf(check) })))
for (const { name, remedy, result } of results) report(name, remedy, result)
const countOf = (kind: Result['kind']) => results.filter(({ result }) => result.kind === kind).length
process.stdout.write(
  `${countOf('passed')} checks passed, ${countOf('failed')} failed, ${countOf('unknown')} could not run\n`,
)
if (countOf('failed') > 0) process.exitCode = 1

async function outcomeOf({ run }: Check): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    return failedBy([error instanceof Error ? error.message : String(error)])
  }
}

function report(name: string, remedy: string, result: Result): void {
  if (result.kind !== 'failed') {
    process.stdout.write(
      result.kind === 'passed' ? `passed   ${name}\n` : `unknown  ${name}: ${result.why}\n`,
    )
    return
  }
  const lines = result.problems.flatMap((problem) => problem.trimEnd().split('\n'))
  const shown = lines.slice(0, reportLinesMax)
  if (lines.length > shown.length) shown.push(`… and ${lines.length - shown.length} lines more`)
  process.stdout.write(`FAILED   ${name}\n`)
  for (const line of shown) process.stdout.write(`           ${line}\n`)
  process.stdout.write(`           What to do: ${remedy}.\n`)
}

function failedBy(problems: readonly string[]): Result {
  return problems.length === 0 ? { kind: 'passed' } : { kind: 'failed', problems }
}

async function program(path: string, args: readonly string[]): Promise<Result> {
  const { code, output } = await runProgram(path, args)
  return code === 0 ? { kind: 'passed' } : { kind: 'failed', problems: [output] }
}

function phpFormat(): Promise<Result> | Result {
  if (!isThere('phpcs')) return { kind: 'unknown', why: 'there is no phpcs; apt-get install php-codesniffer' }
  return program('phpcs', ['-q', '--report=emacs', '--standard=sdk/php/phpcs.xml'])
}

function phpTypes(): Promise<Result> | Result {
  const analyser = mago()
  const install = `cargo install mago --version ${magoVersion} --locked`
  if (analyser === undefined) return { kind: 'unknown', why: `there is no mago ${magoVersion}; ${install}` }
  return program(analyser, ['--workspace', 'sdk/php', 'analyze', '--reporting-format', 'short'])
}

/** Runs tools of the Python client's environment, in its folder. */
async function python(...commands: readonly (readonly string[])[]): Promise<Result> {
  if (!existsSync(pythonOfClient)) return withoutPython
  const runs = commands.map((command) =>
    runProgram(pythonOfClient, ['-m', ...command], join(root, 'sdk/python')),
  )
  return failedBy((await Promise.all(runs)).flatMap(({ code, output }) => (code === 0 ? [] : [output])))
}

async function sampleTypes(): Promise<Result> {
  if (!existsSync(pythonOfClient)) return withoutPython
  const problems = await Promise.all([javaScriptSampleProblems(), pythonSampleProblems(pythonOfClient)])
  return failedBy(problems.flat())
}

async function generatedDrift(): Promise<Result> {
  const drifted = (await generatedFiles()).filter(({ committed, wanted }) => committed !== wanted)
  return failedBy(
    drifted.map(({ file, committed, wanted }) => {
      const expected = wanted.split('\n')
      const line = committed.split('\n').findIndex((text, i) => text !== expected[i]) + 1
      return committed === '' ? `${file} is missing` : `${file} differs from the code at line ${line || 1}`
    }),
  )
}

/** The registry is a setting of each machine, and does not belong in the project. */
function lockFiles(): Result {
  const files = ['package-lock.json', 'sdk/javascript/runtimes/package-lock.json']
  const wrong = /"resolved": "[a-z+]+:|\bregistry\.[a-z0-9-]+\.[a-z]+/
  return failedBy(
    files.flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((text, i) => (wrong.test(text) ? [`${file}:${i + 1} ${text.trim()}`] : [])),
    ),
  )
}

function brokenLinks(): Result {
  const files = globSync(['*.md', 'docs/**/*.md', 'sdk/*/*.md'], { cwd: root })
  return failedBy(
    files.flatMap((file) => {
      const links = read(file).matchAll(/\]\((?![a-z]+:|#)([^)#]+)(#[^)]*)?\)/g)
      return [...links].flatMap(([, target = '']) =>
        globSync(join(file, '..', target), { cwd: root }).length === 0
          ? [`${file} points to ${target}, which is not there`]
          : [],
      )
    }),
  )
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

async function audit(): Promise<Result> {
  const asked = ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=20000']
  const { code, stdout } = await runProgram('npm', asked)
  const answer = JSON.parse(stdout || '{}')
  if (answer.vulnerabilities === undefined) {
    const reason = answer.error?.summary || answer.message?.split(' - ')[0] || `npm ended with ${code}`
    return { kind: 'unknown', why: `the audit endpoint does not respond (${reason})` }
  }
  const found: { name: string; severity: string; range: string }[] = Object.values(answer.vulnerabilities)
  return failedBy(found.map(({ name, severity, range }) => `${name} ${range}: ${severity}`))
}
