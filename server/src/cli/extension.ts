import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { requireName } from '../extension/declaration.ts'
import { folderOf } from '../extension/names.ts'
import { type Command, CommandError } from './command.ts'
import { templateOf } from './extension-template.ts'

const create: Command = {
  name: 'extension new',
  summary: 'Write a working extension, with its test, into the folder of extensions',
  options: {},
  positionals: ['name'],
  async run(_, terminal, [name = '']) {
    checkName(name)
    const folder = folderOf(terminal.env)
    const taken = existsSync(folder) && readdirSync(folder).find((entry) => entry.split('.')[0] === name)
    if (taken)
      throw new CommandError(`${join(folder, taken)} is there already. Choose another name, or remove it.`)
    const own = join(folder, name)
    mkdirSync(own, { recursive: true })
    for (const [file, text] of Object.entries(templateOf(name))) {
      writeFileSync(join(own, file), text, { flag: 'wx' })
      terminal.print(`Written: ${shown(join(own, file))}`)
    }
    terminal.print(
      `\nNext: try it with 'comserv extension test ${name}', change it, and start the server again to load it.\ndocs/guides/extensions.md tells what an extension can do.`,
    )
  },
}

const test: Command = {
  name: 'extension test',
  summary: 'Run the tests of an extension, each file with a server of its own',
  options: {},
  positionals: ['name'],
  async run(_, terminal, [name = '']) {
    checkName(name)
    const cwd = folderOf(terminal.env)
    const files = globSync([`${name}/**/*.test.{ts,mts,js,mjs}`, `${name}.test.{ts,mts,js,mjs}`], {
      cwd,
      exclude: ['**/node_modules/**'],
    })
    if (files.length === 0)
      throw new CommandError(
        `There is no test of '${name}' in ${cwd}. The tests of an extension are in its folder, in files that end in .test.ts.`,
      )
    const modules = new URL('../extension/own-modules.ts', import.meta.url).href
    // A folder without a package.json is as good as another.
    const node = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', '--import', modules, '--test']
    // Where this process is part of a test itself, Node would not run another.
    const { NODE_TEST_CONTEXT: _context, ...env } = terminal.env
    const child = spawn(process.execPath, [...node, ...files], { cwd, env, stdio: 'inherit' })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new CommandError(`The tests of '${name}' failed.`)
  },
}

export const extensionCommands: readonly Command[] = [create, test]

/** @throws CommandError */
function checkName(name: string): void {
  try {
    requireName(name)
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
}

function shown(file: string): string {
  const near = relative(process.cwd(), file)
  return near.startsWith('..') ? file : near
}
