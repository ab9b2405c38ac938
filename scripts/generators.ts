import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './generated.ts'
import { runProgram } from './run-program.ts'

/**
 * `npm run test:generators`: checks openapi.json with validators, and compiles the clients that popular generators make of
 * it; arguments select some of them. They are installed into a folder that is kept for the next run
 * (COMSERV_GENERATORS_DIR), 400 MB with their downloads; Go, Java with Maven, Python and PHP must be on the machine.
 */
const folder = process.env.COMSERV_GENERATORS_DIR ?? join(tmpdir(), 'comserv-generators')
const openApi = join(root, 'openapi.json')
const python = join(folder, 'python/bin/python')
const generatorVersion = '7.17.0'
const jar = join(folder, `openapi-generator-cli-${generatorVersion}.jar`)

type Step = readonly [program: string, args: readonly string[], folder?: string]

interface Generator {
  name: string
  /** Runs once; creates what `isThere` names. */
  install: readonly Step[]
  isThere: string
  /** Files that are needed in addition to the generated ones. */
  files?: Readonly<Record<string, string>>
  steps(out: string): readonly Step[]
}

const npm = (...packages: string[]): Step => [
  'npm',
  ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, ...packages],
]
const bin = (name: string) => join(folder, 'node_modules/.bin', name)
const withPython: readonly Step[] = [
  ['python3', ['-m', 'venv', join(folder, 'python')]],
  [python, ['-m', 'pip', 'install', '-q', 'openapi-python-client==0.29.1', 'openapi-spec-validator==0.9.0']],
]
const withJar: readonly Step[] = [
  [
    'mvn',
    [
      '-q',
      'dependency:copy',
      `-Dartifact=org.openapitools:openapi-generator-cli:${generatorVersion}`,
      `-DoutputDirectory=${folder}`,
    ],
  ],
]
const ofJar = (language: string, out: string, ...more: string[]): Step => [
  'java',
  ['-jar', jar, 'generate', '-g', language, '-i', openApi, '-o', out, ...more],
]
const redocly = join(root, 'node_modules/.bin/redocly')
const strictTypes = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext']

const generators: readonly Generator[] = [
  {
    name: 'openapi-spec-validator',
    install: withPython,
    isThere: python,
    steps: () => [[python, ['-m', 'openapi_spec_validator', openApi]]],
  },
  {
    name: 'spectral',
    install: [npm('@stoplight/spectral-cli@6.16.3')],
    isThere: bin('spectral'),
    files: { 'ruleset.yaml': 'extends: ["spectral:oas"]\n' },
    steps: (out) => [
      [bin('spectral'), ['lint', '-r', join(out, 'ruleset.yaml'), '-F', 'error', '-q', openApi]],
    ],
  },
  {
    name: 'redocly',
    install: [],
    isThere: redocly,
    steps: () => [[redocly, ['lint', openApi, '--extends', 'spec']]],
  },
  {
    name: 'hey-api',
    install: [npm('@hey-api/openapi-ts@0.95.0', 'typescript@5.9.3')],
    isThere: bin('openapi-ts'),
    steps: (out) => [
      [bin('openapi-ts'), ['-i', openApi, '-o', join(out, 'src'), '-c', '@hey-api/client-fetch']],
      [
        bin('tsc'),
        [...strictTypes, '--moduleResolution', 'bundler', '--module', 'esnext', join(out, 'src/index.ts')],
      ],
    ],
  },
  {
    name: 'openapi-python-client',
    install: withPython,
    isThere: python,
    steps: (out) => [
      [
        python,
        [
          '-m',
          'openapi_python_client',
          'generate',
          '--path',
          openApi,
          '--output-path',
          out,
          '--overwrite',
          '--meta',
          'none',
        ],
      ],
      [python, ['-m', 'compileall', '-q', out]],
      [python, ['-c', everyModule, out]],
    ],
  },
  {
    name: 'oapi-codegen',
    install: [
      [
        'env',
        [
          `GOBIN=${join(folder, 'go-bin')}`,
          'go',
          'install',
          'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2',
        ],
      ],
    ],
    isThere: join(folder, 'go-bin/oapi-codegen'),
    files: { 'go.mod': 'module example.org/comserv\n\ngo 1.24\n' },
    steps: (out) => [
      [
        join(folder, 'go-bin/oapi-codegen'),
        ['-generate', 'types,client', '-package', 'api', '-o', join(out, 'api.go'), openApi],
      ],
      ['go', ['mod', 'tidy'], out],
      ['go', ['build', './...'], out],
    ],
  },
  {
    name: 'openapi-generator for Go',
    install: withJar,
    isThere: jar,
    steps: (out) => [
      ofJar('go', out, '--git-user-id', 'example', '--git-repo-id', 'comserv'),
      ['go', ['mod', 'tidy'], out],
      ['go', ['build', './...'], out],
    ],
  },
  {
    name: 'openapi-generator for Java',
    install: withJar,
    isThere: jar,
    steps: (out) => [
      ofJar('java', out, '--additional-properties', 'hideGenerationTimestamp=true'),
      ['mvn', ['-q', '-DskipTests', 'compile'], out],
    ],
  },
  {
    name: 'openapi-generator for PHP',
    install: withJar,
    isThere: jar,
    steps: (out) => [
      ofJar('php', out),
      ['sh', ['-c', 'find lib -name "*.php" -print0 | xargs -0 -n 1 php -l >/dev/null'], out],
    ],
  },
]

const everyModule = `
import importlib, pathlib, sys
out = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(out.parent))
for file in out.rglob("*.py"):
    importlib.import_module(".".join(file.relative_to(out.parent).with_suffix("").parts).removesuffix(".__init__"))
`

const wanted = process.argv.slice(2)
let failed = 0
mkdirSync(folder, { recursive: true })
for (const generator of generators) {
  if (wanted.length > 0 && !wanted.some((word) => generator.name.includes(word))) continue
  const problem = await problemOf(generator)
  if (problem !== undefined) failed++
  process.stdout.write(`${problem === undefined ? 'passed' : 'FAILED'}  ${generator.name}\n${problem ?? ''}`)
}
if (failed > 0) process.exitCode = 1

/** @returns the end of the failed step's output; undefined on success */
async function problemOf({
  name,
  install,
  isThere,
  files = {},
  steps,
}: Generator): Promise<string | undefined> {
  const out = join(folder, 'out', name.replaceAll(/\W/g, '_'))
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(out, file), text)
  for (const [program, args, cwd] of [...(existsSync(isThere) ? [] : install), ...steps(out)]) {
    const { code, output } = await runProgram(program, args, cwd)
    if (code !== 0)
      return `${program} ended with ${code}:\n${output.trimEnd().split('\n').slice(-25).join('\n')}\n`
  }
  return undefined
}
