import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Node, SourceFile } from 'typescript/unstable/ast'
import { isFunctionLikeDeclaration } from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'
import { root } from './generated.ts'

const readmeLinesMax = 120
const fileLinesMax = 400
const functionLinesMax = 70
/** For files of the server. Shorter files belong into their neighbours, except for a few that have none. */
const shortFileLines = 16
const shortFilesMax = 10
/** Casts that the compiler would refuse without `never` or `unknown`. */
const castsMax = 7

const sources = [
  'server/src/**/*.ts',
  'sdk/javascript/src/**/*.ts',
  'sdk/python/src/**/*.py',
  'sdk/php/{src,tests,examples}/**/*.php',
  'console/src/**/*.{ts,tsx}',
]
const unbounded =
  /\/(tables\.ts$|migrations\/|_?generated\/|php\/src\/(Model|Request|Resource)\/|resources\/)/

/** One sentence for each exceeded limit. */
export function sizeProblems(): string[] {
  // Released migrations are never edited.
  const server = filesOf(['server/src/**/*.ts']).filter((file) => !file.includes('/migrations/'))
  const short = server.filter((file) => linesOf(file) < shortFileLines)
  const casts = server.flatMap((file) => castsIn(file))
  const limits = [
    { file: 'README.md', max: readmeLinesMax },
    ...filesOf(sources)
      .filter((file) => !unbounded.test(file))
      .map((file) => ({ file, max: fileLinesMax })),
  ]
  return [
    ...limits.flatMap(({ file, max }) =>
      linesOf(file) > max ? [`${file} has ${linesOf(file)} lines; ${max} are allowed`] : [],
    ),
    ...longFunctions(server),
    ...tooMany(`files of fewer than ${shortFileLines} lines`, short, shortFilesMax),
    ...tooMany('casts by `as never` or `as unknown as`', casts, castsMax),
  ]
}

function tooMany(noun: string, found: readonly string[], max: number): string[] {
  return found.length > max ? [`${found.length} ${noun}; ${max} are allowed: ${found.join(', ')}`] : []
}

function castsIn(file: string): string[] {
  return read(file)
    .split('\n')
    .flatMap((text, i) =>
      /^(?!\s*(\*|\/)).*\bas (never|unknown as)\b/.test(text) ? [`${file}:${i + 1}`] : [],
    )
}

/** Lines from the first word of a function to its last brace, including inner functions. */
function longFunctions(files: readonly string[]): string[] {
  const api = new API({ cwd: root })
  try {
    const [project] = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] }).getProjects()
    return files.flatMap((file) => {
      const source = project?.program.getSourceFile(join(root, file))
      if (!source) throw new Error(`${file} is not part of tsconfig.json.`)
      return longFunctionsIn(source, file)
    })
  } finally {
    api.close()
  }
}

function longFunctionsIn(source: SourceFile, file: string): string[] {
  const problems: string[] = []
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1
  const visit = (node: Node): void => {
    if (isFunctionLikeDeclaration(node)) {
      const first = lineOf(node.getStart())
      const lines = lineOf(node.end) - first + 1
      if (lines > functionLinesMax)
        problems.push(`${file}:${first} is a function of ${lines} lines; ${functionLinesMax} are allowed`)
    }
    node.forEachChild(visit)
  }
  visit(source)
  return problems
}

function filesOf(patterns: readonly string[]): string[] {
  return globSync(patterns, { cwd: root }).sort()
}

function linesOf(file: string): number {
  return read(file).trimEnd().split('\n').length
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
