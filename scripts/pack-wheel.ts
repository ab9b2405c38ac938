import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ArchivedFile } from './pack-archives.ts'

/** The files of the wheel (PyPA, binary distribution format), with the metadata that hatchling would write. */
export interface Wheel {
  name: string
  version: string
  requiresPython: string
  files: ArchivedFile[]
}

/** @param modules the files of the package, below `comserv/` */
export function wheelOf(folder: string, modules: readonly ArchivedFile[]): Wheel {
  const project = readProject(readFileSync(join(folder, 'pyproject.toml'), 'utf8'))
  const name = project.text('name')
  const requiresPython = project.text('requires-python')
  const source = readFileSync(join(folder, 'src/comserv/_version.py'), 'utf8')
  const version = /^version = "([^"]+)"$/m.exec(source)?.[1]
  if (version === undefined) throw new Error('_version.py of the Python client states no version.')
  const info = `${name}-${version}.dist-info`
  const metadata = [
    'Metadata-Version: 2.4',
    `Name: ${name}`,
    `Version: ${version}`,
    `Summary: ${project.text('description')}`,
    `License-Expression: ${project.text('license')}`,
    ...project.list('license-files').map((file) => `License-File: ${file}`),
    `Keywords: ${project.list('keywords').toSorted().join(',')}`,
    ...project.list('classifiers').map((classifier) => `Classifier: ${classifier}`),
    `Requires-Python: ${requiresPython}`,
    ...project.list('dependencies').map((dependency) => `Requires-Dist: ${dependency}`),
    'Description-Content-Type: text/markdown',
    '',
    readFileSync(join(folder, project.text('readme')), 'utf8'),
  ].join('\n')
  const files = [
    ...modules,
    { path: `${info}/METADATA`, content: Buffer.from(metadata) },
    { path: `${info}/WHEEL`, content: Buffer.from(wheelFile) },
    ...project.list('license-files').map((file) => ({
      path: `${info}/licenses/${file}`,
      content: readFileSync(join(folder, file)),
    })),
  ]
  const record = [...files.map(recordLine), `${info}/RECORD,,`].map((line) => `${line}\n`).join('')
  return {
    name,
    version,
    requiresPython,
    files: [...files, { path: `${info}/RECORD`, content: Buffer.from(record) }],
  }
}

const wheelFile = `Wheel-Version: 1.0
Generator: comserv
Root-Is-Purelib: true
Tag: py3-none-any
`

function recordLine({ path, content }: ArchivedFile): string {
  return `${path},sha256=${hash('sha256', content, 'base64url')},${content.length}`
}

/** The strings and lists of strings in [project]: all that our pyproject.toml uses of TOML there. */
function readProject(toml: string) {
  const table = /^\[project\]\n([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(toml)?.[1] ?? ''
  const value = (key: string): unknown => {
    const text = new RegExp(`^${key} = ("[^"\\n]*"|\\[[^\\]]*\\])$`, 'm').exec(table)?.[1]
    if (text === undefined) throw new Error(`pyproject.toml of the Python client has no ${key} in [project].`)
    return JSON.parse(text.replace(/,\s*\]$/, ']'))
  }
  return { text: (key: string) => String(value(key)), list: (key: string) => value(key) as string[] }
}
