import { globSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { markOf, programOf, samplesOf } from '../server/test/guide-samples.ts'
import { root } from './generated.ts'
import { runProgram } from './run-program.ts'

const guides = globSync('docs/guides/*.md', { cwd: root }).sort()
const plainJavaScript = {
  allowJs: true,
  checkJs: true,
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  // JavaScript parameters have no types, and those of caught errors are unknown.
  noImplicitAny: false,
  useUnknownInCatchVariables: false,
  module: 'nodenext',
  target: 'es2024',
  types: ['node'],
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  customConditions: ['comserv-source'],
}

/** Type errors of the JavaScript programs of the guides, checked with the types of the client. */
export async function javaScriptSampleProblems(): Promise<string[]> {
  return inFolder(async (folder) => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writePrograms(folder, 'js', 'mjs')
    const settings = { compilerOptions: plainJavaScript, include: ['*.mjs'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const compiler = join(root, 'node_modules/.bin/tsc')
    return problemsOf(await runProgram(compiler, ['-p', '.'], folder))
  })
}

/** The same for the Python programs. @param python of the client's environment */
export async function pythonSampleProblems(python: string): Promise<string[]> {
  return inFolder(async (folder) => {
    writePrograms(folder, 'py', 'py')
    const settings = [
      '--config-file=pyproject.toml',
      // Samples need no annotations.
      '--allow-untyped-defs',
      '--allow-untyped-calls',
    ]
    return problemsOf(await runProgram(python, ['-m', 'mypy', ...settings, folder], join(root, 'sdk/python')))
  })
}

/** One file for each program: the tabs of a guide form one, and so do the files that its text defines. */
function writePrograms(folder: string, language: string, ending: string): void {
  for (const guide of guides) {
    const name = basename(guide, '.md').replaceAll('-', '_')
    for (const mark of ['tab', 'part'] as const) {
      const program = programOf(guide, language, mark)
      if (program !== undefined) writeFileSync(join(folder, `${name}_${mark}.${ending}`), program)
    }
    for (const sample of samplesOf(guide)) {
      if (sample.language !== language || markOf(sample, 'file') === undefined) continue
      writeFileSync(join(folder, `${name}_line_${sample.line}.${ending}`), sample.text)
    }
  }
}

function problemsOf({ code, output }: { code: number; output: string }): string[] {
  return code === 0 ? [] : [output]
}

async function inFolder(check: (folder: string) => Promise<string[]>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-samples-'))
  try {
    return await check(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
