import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { build } from 'vite'
import { startServer } from '../../../server/test/harness.ts'
import { installPacked } from './platforms/packed.ts'

/** The packed client under the tools of those who use it: module systems, compilers, Jest, a bundler. */
const run = promisify(execFile)
const source = join(import.meta.dirname, '..')
const { folder } = await installPacked()
const older = join(source, 'node_modules/typescript/bin/tsc')
const ours = join(source, '../../node_modules/typescript/bin/tsc')
const jest = join(source, 'runtimes/node_modules/jest/bin/jest.js')
const server = await startServer()
const { secret } = await server.credential('read')

const typed = `
import { ApiError, Comserv, type Document, type Page, RateLimitExceededError, type WebhookEvent } from 'comserv'
const comserv = new Comserv({ baseUrl: 'http://127.0.0.1:3000', apiKey: 'key' })
export async function use(event: WebhookEvent): Promise<string | undefined> {
  const page: Page<{ id: number; title: string }> = await comserv.documents.list({ status: 'draft', q: undefined })
  const { data, etag } = await comserv.documents.get(page.data[0]?.id ?? 1).withResponse()
  const document: Document | undefined = await comserv.documents.update(data.id, { title: 'New' }, { ifMatch: etag })
  // @ts-expect-error there is no such status
  comserv.users.list({ status: 'crowned' })
  // @ts-expect-error the email is missing
  comserv.users.create({ username: 'newuser', password: 'securepassword' })
  // @ts-expect-error nobody calls
  new Comserv({ baseUrl: 'http://127.0.0.1:3000' })
  if (event.event === 'user.created') return event.data.username
  return document?.title
}
export function told(error: unknown): string {
  if (error instanceof RateLimitExceededError) return String(error.rateLimit?.resetAt)
  if (error instanceof ApiError) return error.code
  // @ts-expect-error it is neither
  return error.code
}
`
for (const ending of ['ts', 'cts', 'mts']) writeFileSync(join(folder, `typed.${ending}`), typed)

/** A folder with a package.json of its own, inside the one where the client is installed. */
function programIn(name: string, files: Record<string, string>, manifest: object = {}): string {
  const inside = join(folder, name)
  mkdirSync(inside, { recursive: true })
  writeFileSync(join(inside, 'package.json'), JSON.stringify({ private: true, ...manifest }))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(inside, file), text)
  return inside
}

const node10 = '--moduleResolution node10 --ignoreDeprecations 5.0'
const modes: [name: string, compiler: string, options: string, file: string][] = [
  ['node10 in CommonJS', older, `--module commonjs ${node10}`, 'typed.ts'],
  ['node10 in ES modules', older, `--module esnext ${node10}`, 'typed.ts'],
  ['node16 from CommonJS', older, '--module node16', 'typed.cts'],
  ['node16 from an ES module', older, '--module node16', 'typed.mts'],
  ['bundler', older, '--module esnext --moduleResolution bundler', 'typed.ts'],
  ['nodenext from CommonJS', ours, '--module nodenext', 'typed.cts'],
  ['nodenext from an ES module', ours, '--module nodenext', 'typed.mts'],
  ['bundler', ours, '--module preserve', 'typed.ts'],
]
const strict = '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --target es2022'

test('its types are right in every way that strict TypeScript resolves modules, from 5.9 on', async () => {
  for (const [name, compiler, options, file] of modes) {
    const args = `${strict} --lib es2022,dom ${options}`.split(' ')
    await run(process.execPath, [compiler, ...args, file], { cwd: folder }).catch(({ stdout }) =>
      assert.fail(`${name}, ${compiler === ours ? 'our compiler' : 'the older one'}: ${stdout}`),
    )
  }
})

const calls = `
const client = new comserv.Comserv({ baseUrl: process.env.URL, apiKey: process.env.KEY })
const missing = await client.users.get(999999).catch((error) => error)`
const env = { ...process.env, URL: server.url, KEY: secret }

test('an error of the imported copy is an instance of the classes of the required one, and the reverse', async () => {
  const inside = programIn('both', {
    'program.mjs': `
import { createRequire } from 'node:module'
import * as comserv from 'comserv'
const required = createRequire(import.meta.url)('comserv')
${calls}
class Derived extends required.ApiError {}
class OwnClient extends required.Comserv {}
const late = new required.TimeoutError('late')
console.log(JSON.stringify([
  required.Comserv === comserv.Comserv,
  missing instanceof required.ResourceNotFoundError, missing instanceof required.ApiError,
  missing instanceof required.ComservError, client instanceof required.Comserv,
  late instanceof comserv.ConnectionError, late instanceof Error,
  missing instanceof required.ConflictError, missing instanceof Derived, late instanceof comserv.ApiError,
  client instanceof OwnClient, client instanceof required.ApiError, null instanceof required.ApiError, 'text' instanceof required.ApiError,
]))`,
  })
  const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: inside, env })
  const [isOneCopy, ...rest] = JSON.parse(stdout)
  assert.equal(isOneCopy, false)
  assert.deepEqual(rest, [...Array(6).fill(true), ...Array(7).fill(false)])
})

test('both copies export the same names', async () => {
  const inside = programIn('names', {
    'program.mjs': `
import { createRequire } from 'node:module'
import * as imported from 'comserv'
const required = createRequire(import.meta.url)('comserv')
console.log(JSON.stringify([imported, required].map((copy) => Object.keys(copy).sort())))`,
  })
  const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: inside })
  const [imported, required] = JSON.parse(stdout)
  assert.ok(imported.includes('Comserv'))
  assert.deepEqual(required, imported)
})

test('a CommonJS program compiled with node10 runs', async () => {
  const inside = programIn('compiled', {
    'program.ts': `import { ApiError, Comserv, version } from 'comserv'
const comserv = new Comserv({ baseUrl: String(process.env.URL), apiKey: String(process.env.KEY) })
comserv.users.get(999999).catch((error) => console.log(error instanceof ApiError && error.code, typeof version))
declare const process: { env: Record<string, string | undefined> }`,
  })
  const options = `--strict --target es2022 --lib es2022,dom --module commonjs ${node10}`.split(' ')
  await run(process.execPath, [older, ...options, 'program.ts'], { cwd: inside })
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: inside, env })
  assert.equal(stdout, 'resource_not_found string\n')
})

test('it works under Jest without a configuration', {
  skip: existsSync(jest) ? false : 'Jest is not there; npm ci --prefix sdk/javascript/runtimes gets it',
}, async () => {
  const vectors = JSON.parse(readFileSync(join(source, '../vectors/signatures.json'), 'utf8')).cases
  const good = vectors.find((one: { expected: { event?: string } }) => one.expected.event !== undefined)
  const inside = programIn('jest', {
    'client.test.js': `
const comserv = require('comserv')
test('a call, its error, and a webhook', async () => {
  ${calls}
  expect((await client.users.list({ limit: 1 })).meta.total_count).toBe(0)
  expect(missing).toBeInstanceOf(comserv.ResourceNotFoundError)
  await expect(client.users.get(999999)).rejects.toThrow(comserv.ApiError)
  const { body, headers, secret, now, expected } = ${JSON.stringify(good)}
  const event = await comserv.verifyWebhook(body, headers, secret, { now: () => now * 1000 })
  expect(event.event).toBe(expected.event)
})`,
  })
  const { stderr } = await run(process.execPath, [jest, '--rootDir', inside], { cwd: inside, env })
  assert.match(stderr, /Tests: +1 passed, 1 total/)
})

test('Vite bundles it, for a page without what the page does not use, and beside a dependency that requires it', async () => {
  programIn(
    'node_modules/requires-it',
    { 'index.cjs': `exports.comserv = require('comserv')` },
    { name: 'requires-it', version: '1.0.0', main: './index.cjs' },
  )
  const inside = programIn('bundled', {
    'webhook.js': `export { verifyWebhook } from 'comserv'`,
    'program.js': `import * as comserv from 'comserv'
import { comserv as required } from 'requires-it'
export async function errors(process) {
${calls}
return [missing.code, missing instanceof comserv.ApiError, missing instanceof required.ApiError]
}`,
  })
  const bundle = async (entry: string) => {
    const outDir = join(inside, 'dist')
    await build({
      root: inside,
      configFile: false,
      logLevel: 'silent',
      build: { outDir, emptyOutDir: false, lib: { entry, formats: ['es'], fileName: () => `${entry}.mjs` } },
    })
    return join(outDir, `${entry}.mjs`)
  }
  const { errors } = await import(await bundle('program.js'))
  assert.deepEqual(await errors({ env }), ['resource_not_found', true, true])
  const small = readFileSync(await bundle('webhook.js'), 'utf8')
  assert.doesNotMatch(small, /documents/)
})
