import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { isThere } from './php.ts'
import { pythonOfClient } from './python-environment.ts'
import { missingRepository, repositoryProblems } from './release-repository.ts'
import { runProgram } from './run-program.ts'

export type Language = 'javascript' | 'python' | 'php'

/** A check that this machine cannot make. */
export interface Unknown {
  language: Language
  what: string
  why: string
}

interface Found {
  wrong: string[]
  unknown: Unknown[]
}

interface Packed {
  language: Language
  file: string
}

/** Holds each package against the rules of its registry, by the registry's own tools where they are installed. */
export async function packageProblems(root: string, packedDir: string): Promise<Found> {
  const manifest: Packed[] = JSON.parse(readFileSync(join(packedDir, 'manifest.json'), 'utf8'))
  const fileOf = (language: Language) => {
    const file = manifest.find((one) => one.language === language)?.file
    if (file === undefined) throw new Error(`There is no package for ${language} in ${packedDir}.`)
    return join(packedDir, file)
  }
  const found = [
    await npmProblems(root, fileOf('javascript')),
    await wheelProblems(fileOf('python')),
    await composerProblems(root),
  ]
  return {
    wrong: found.flatMap(({ wrong }) => wrong),
    unknown: found.flatMap(({ unknown }) => unknown),
  }
}

/** The files are those that npm would pack, and everything that package.json points to is among them. */
async function npmProblems(root: string, file: string): Promise<Found> {
  const folder = join(root, 'sdk/javascript')
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const paths = pathsIn(gunzipSync(readFileSync(file)))
  const { code, stdout, output } = await runProgram(
    'npm',
    ['pack', '--dry-run', '--json', '--ignore-scripts'],
    folder,
  )
  if (code !== 0) return { wrong: [`npm cannot pack the JavaScript client: ${output.trim()}`], unknown: [] }
  const [packed] = Object.values<{ files: { path: string }[] }>(JSON.parse(stdout))
  const wanted = new Set(packed?.files.map(({ path }) => path))
  const differing = [...paths]
    .filter((path) => !wanted.has(path))
    .concat([...wanted].filter((path) => !paths.has(path)))
  const targets = [manifest.main, manifest.module, manifest.types, ...targetsIn(manifest.exports)]
  const missing = targets.filter((target) => !paths.has(String(target).replace('./', '')))
  const wrong = [
    ...differing.map(
      (path) => `${path} is either only in the JavaScript package, or only in what npm would pack.`,
    ),
    ...missing.map(
      (target) => `package.json of the JavaScript client points to ${target}, which is not packed.`,
    ),
    ...(manifest.dependencies ? ['The JavaScript client must not have dependencies.'] : []),
  ]
  const repository = repositoryProblems(root, process.env)
  const what = 'provenance of the JavaScript package'
  const unknown: Unknown[] =
    repository === undefined ? [{ language: 'javascript', what, why: missingRepository }] : []
  wrong.push(...(repository ?? []))
  return { wrong, unknown }
}

function targetsIn(exports: unknown): string[] {
  if (typeof exports === 'string') return [exports]
  return Object.values(exports as object).flatMap(targetsIn)
}

/** The paths in a tar archive of files, without the folder that npm puts around them. */
function pathsIn(tar: Buffer): Set<string> {
  const paths = new Set<string>()
  for (let at = 0; tar[at] !== 0; ) {
    const field = (start: number, bytes: number) =>
      tar.toString('utf8', at + start, at + start + bytes).replace(/\0.*$/s, '')
    paths.add(field(0, 100).replace(/^package\//, ''))
    at += 512 + Math.ceil(Number.parseInt(field(124, 12), 8) / 512) * 512
  }
  return paths
}

/** What the index checks at an upload: the metadata, the hash of every file, and that pip can read the name. */
const wheelCheck = `import base64, hashlib, sys, zipfile
from packaging.metadata import Metadata
from packaging.utils import parse_wheel_filename
name, version, _, _ = parse_wheel_filename(sys.argv[1].rsplit("/", 1)[-1])
wheel = zipfile.ZipFile(sys.argv[1])
info = f"{name}-{version}.dist-info/"
metadata = Metadata.from_email(wheel.read(info + "METADATA"), validate=True)
assert (metadata.name, metadata.version) == (name, version), "the name differs from the metadata"
assert metadata.description and metadata.description_content_type == "text/markdown", "there is no description"
listed = dict(line.split(",", 1) for line in wheel.read(info + "RECORD").decode().split())
assert sorted(listed) == sorted(wheel.namelist()), "RECORD lists other files"
for path, rest in listed.items():
    data = wheel.read(path)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    assert path == info + "RECORD" or rest == f"sha256={digest},{len(data)}", path + " differs from RECORD"
`

async function wheelProblems(file: string): Promise<Found> {
  if (!existsSync(pythonOfClient)) {
    const why = 'node scripts/python-environment.ts installs what it takes'
    return { wrong: [], unknown: [{ language: 'python', what: 'the wheel', why }] }
  }
  const { code, output } = await runProgram(pythonOfClient, ['-c', wheelCheck, file])
  const last = output.trim().split('\n').at(-1)
  return { wrong: code === 0 ? [] : [`The wheel is not valid: ${last}`], unknown: [] }
}

async function composerProblems(root: string): Promise<Found> {
  if (!isThere('composer'))
    return {
      wrong: [],
      unknown: [{ language: 'php', what: 'composer.json', why: 'apt-get install composer' }],
    }
  // The version is in it for the servers' own repository; registries take it from the tag, which is compared with it.
  const rules = [
    'validate',
    '--strict',
    '--no-check-version',
    '--no-check-lock',
    '--no-interaction',
    '--no-plugins',
  ]
  const { code, output } = await runProgram('composer', rules, join(root, 'sdk/php'))
  return { wrong: code === 0 ? [] : [`composer.json is not valid: ${output.trim()}`], unknown: [] }
}
