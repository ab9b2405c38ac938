import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { loadExtensions } from '../src/extension/load.ts'

const head = "import { extension, Type } from 'comserv-server/extension'\n"
const plain = (name: string, rest = '') => `${head}export default extension({ name: '${name}', ${rest} })\n`

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-extensions-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const load = (files: Readonly<Record<string, string>>, env: Record<string, string> = {}) =>
  loadExtensions({ COMSERV_EXTENSIONS_DIR: folderWith(files), ...env })

async function problemOf(files: Readonly<Record<string, string>>, env?: Record<string, string>) {
  return load(files, env).then(
    () => assert.fail('it was loaded'),
    (error: Error) => error.message,
  )
}

test('modules and folders with an index are loaded in the order of their names, whatever else lies there', async () => {
  const loaded = await load({
    'b.ts': plain('bravo'),
    'a.mjs': plain('alpha'),
    'charlie/index.js': plain('charlie'),
    'charlie/part.js': 'export const part = 1',
    'a.test.ts': 'throw new Error("a test")',
    'types.d.ts': 'export {}',
    'README.md': '# Ours',
    'node_modules/x/index.js': 'throw new Error("a dependency")',
    'empty/notes.txt': '',
  })
  assert.deepEqual(
    loaded.map(({ name }) => name),
    ['alpha', 'bravo', 'charlie'],
  )
})

test('without a folder there are no extensions; one that was named has to exist', async () => {
  assert.deepEqual(await loadExtensions({ COMSERV_EXTENSIONS_DIR: folderWith({}) }), [])
  await assert.rejects(loadExtensions({ COMSERV_EXTENSIONS_DIR: '/no/such/folder' }), {
    message: /COMSERV_EXTENSIONS_DIR names the folder \/no\/such\/folder, which does not exist/,
  })
})

test('a module that cannot be loaded is told with its name, file and line', async () => {
  const cases: [string, RegExp][] = [
    ["throw new Error('no luck')", /^The extension 'bad' cannot be loaded \(.*bad\.ts, line 1\): no luck\n/],
    [`${head}\nexport default extension({ name: 'Bad' })`, /bad\.ts, line 3\): The name of an extension/],
    [`${head}const = 1`, /bad\.ts, line 2\): /],
    [`${head}import 'left-behind'`, /bad\.ts, line 2\): Cannot find package 'left-behind'/],
    [`${head}enum No { A }`, /bad\.ts(, line 2)?\): /],
    [`${head}import { nothing } from 'comserv-server/extension'`, /bad\.ts, line 2\): .*nothing/],
    ['export const name = 1', /\(.*bad\.ts\): it has no default export\. End the module with/],
    ['export default { name: "bad" }', /its default export was not made by extension\(\)/],
    [plain('bad', 'hooks: {}'), /line 2\): An extension has no 'hooks'; its parts are: name, about/],
    [plain('bad', "before: { 'user.create': async () => {} }"), /is an async function\. It is called inside/],
    [plain('bad', "on: { 'user.created': 5 }"), /on\['user\.created'\] must be a function/],
    [plain('bad', "scopes: { 'No Way': 'x' }"), /The name of a scope/],
  ]
  for (const [text, expected] of cases) assert.match(await problemOf({ 'bad.ts': text }), expected)
  assert.match(await problemOf({ 'bad.js': `${head}const = 1` }), /bad\.js, line 2\): Unexpected token/)
})

test('two extensions cannot share a name', async () => {
  assert.match(
    await problemOf({ 'a.ts': plain('same'), 'b.ts': plain('same') }),
    /^Two extensions have the name 'same': .*a\.ts and .*b\.ts\. Rename one of them\.$/,
  )
})

test('settings are read from the environment with their types, and all that is wrong is told at once', async () => {
  const settings = `settings: Type.Object({
    url: Type.String({ pattern: '^https:', patternError: 'must begin with https:', description: 'Where to' }),
    maxRows: Type.Integer({ default: 5, minimum: 1 }),
    isOn: Type.Optional(Type.Boolean()),
    names: Type.Array(Type.String(), { default: [] }),
  })`
  const files = { 'one.ts': plain('one', settings) }
  const [one] = await load(files, {
    COMSERV_X_ONE_URL: 'https://example.com',
    COMSERV_X_ONE_IS_ON: 'true',
    COMSERV_X_ONE_NAMES: 'a, b',
  })
  assert.deepEqual(one?.values, { url: 'https://example.com', maxRows: 5, isOn: true, names: ['a', 'b'] })
  const problem = await problemOf(files, { COMSERV_X_ONE_MAX_ROWS: 'many' })
  assert.match(problem, /^The extension 'one': COMSERV_X_ONE_URL is not set: Where to\.$/m)
  assert.match(problem, /^The extension 'one': COMSERV_X_ONE_MAX_ROWS is refused: /m)
})
