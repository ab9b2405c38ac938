import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CommandError } from '../lib/command-error.ts'
import { isExtension, type Loaded } from './declaration.ts'
import './own-modules.ts'
import { folderOf } from './names.ts'
import { readSettings } from './settings.ts'

const moduleName = /^(?!.*\.(?:test|d)\.[cm]?[jt]s$)[^.].*\.(?:m?[jt]s)$/
const indexNames = ['index.ts', 'index.js', 'index.mjs', 'index.mts']

/**
 * The extensions of a folder, in the order of their names; none where there is no folder. Their modules run as they are.
 * @throws CommandError that names the module and the line
 */
export async function loadExtensions(env: NodeJS.ProcessEnv): Promise<readonly Loaded[]> {
  const folder = folderOf(env)
  if (!existsSync(folder)) {
    if (!env.COMSERV_EXTENSIONS_DIR?.trim()) return []
    throw new CommandError(
      `COMSERV_EXTENSIONS_DIR names the folder ${folder}, which does not exist. Make it, or remove the setting.`,
    )
  }
  const files = modulesIn(folder)
  if (files.length === 0) return []
  const loaded: Loaded[] = []
  const problems: string[] = []
  for (const file of files) {
    const one = await loadOne(file)
    const same = loaded.find(({ name }) => name === one.name)
    if (same)
      throw new CommandError(
        `Two extensions have the name '${one.name}': ${shown(same.file)} and ${shown(file)}. Rename one of them.`,
      )
    const { values, problems: found } = readSettings(one, env)
    problems.push(...found.map((problem) => `The extension '${one.name}': ${problem}`))
    loaded.push({ ...one, file, values })
  }
  if (problems.length > 0) throw new CommandError(problems.join('\n'))
  return loaded.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Modules directly in the folder, and the `index` of each folder in it. */
function modulesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (!entry.isDirectory()) return moduleName.test(entry.name) ? [path] : []
      if (entry.name.startsWith('.') || entry.name === 'node_modules') return []
      const index = indexNames.find((name) => existsSync(join(path, name)))
      return index === undefined ? [] : [join(path, index)]
    })
    .sort()
}

async function loadOne(file: string) {
  const module = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw cannotLoad(file, error)
  })
  if (isExtension(module.default)) return module.default
  const what =
    module.default === undefined
      ? 'it has no default export'
      : 'its default export was not made by extension()'
  throw new CommandError(
    `The extension '${nameFrom(file)}' cannot be loaded (${shown(file)}): ${what}. End the module with: export default extension({ name: '${nameFrom(file)}', … })`,
  )
}

function cannotLoad(file: string, error: unknown): CommandError {
  const { message = String(error), stack = '' } = (error ?? {}) as Partial<Error>
  const [first = ''] = message.split('\n')
  const place = placeOf(file, error instanceof SyntaxError ? `${stack}\n${checked(file)}` : stack, first)
  return new CommandError(
    `The extension '${nameFrom(file)}' cannot be loaded (${place}): ${first.trim()}\nCorrect it, or move it out of the folder.`,
    { cause: error },
  )
}

/** The file and the line that an error is about, as far as it tells. */
function placeOf(file: string, stack: string, message: string): string {
  const folder = dirname(file)
  for (const [, place = '', line] of stack.matchAll(/((?:file:\/\/)?\/[^\s)]+?):(\d+)(?::\d+)?/g)) {
    const path = place.startsWith('file:') ? fileURLToPath(place) : place
    if (path.startsWith(folder)) return `${shown(path)}, line ${line}`
  }
  // A module that is not found: the line that imports it.
  const wanted = /'([^']+)'/.exec(message)?.[1]
  const lines = readFileSync(file, 'utf8').split('\n')
  const at = wanted === undefined ? -1 : lines.findIndex((line) => line.includes(basename(wanted)))
  return at === -1 ? shown(file) : `${shown(file)}, line ${at + 1}`
}

/** The engine does not say where a module of JavaScript has its error; a check of the file does. */
function checked(file: string): string {
  return spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' }).stderr
}

/** The folder of an `index`, or the file without its ending. */
function nameFrom(file: string): string {
  const name = basename(file)
  return indexNames.includes(name) ? basename(join(file, '..')) : name.replace(/\.[cm]?[jt]s$/, '')
}

function shown(file: string): string {
  const near = relative(process.cwd(), file)
  return near.startsWith('..') ? file : near
}
