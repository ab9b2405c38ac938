import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { settings } from '../src/config/env.ts'
import { freePort } from '../src/config/free-port.ts'
import { freshDatabase, postgresUrl } from './fresh-database.ts'
import { startReceiver } from './receiver.ts'
import { lacksRedis, startRedis } from './redis-server.ts'
import { machineEnv, main, stopChild } from './serving.ts'
import { until } from './until.ts'

const deploy = join(import.meta.dirname, '../../deploy')

/** It has no types of its own. */
const { load } = createRequire(import.meta.url)('js-yaml') as { load(text: string): unknown }

interface Service {
  image: string
  command?: string[]
  entrypoint?: string[]
  environment?: Record<string, string>
  read_only?: boolean
  user?: string
  cap_drop?: string[]
  volumes?: string[]
  depends_on?: string[] | Record<string, object>
  networks?: string[]
}

const compose = load(readFileSync(join(deploy, 'compose.yaml'), 'utf8')) as {
  services: Record<string, Service>
  volumes: object
  networks: object
}
const { services } = compose

/** `${NAME}`, `${NAME:-default}` and `${NAME:?why}`, as compose replaces them. */
function filled(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = '') => {
    const value = values[name]
    if (value) return value
    if (kind === '-') return rest
    throw new Error(`${name} is not set: ${rest}`)
  })
}

test('what compose.yaml names is there, and each process of Comserv can write to its data alone', () => {
  const named = (one: object) => Object.keys(one)
  for (const [name, service] of Object.entries(services)) {
    const needed = service.depends_on ?? []
    for (const other of Array.isArray(needed) ? needed : named(needed))
      assert.ok(services[other], `${name}: ${other}`)
    for (const volume of service.volumes ?? [])
      assert.ok(named(compose.volumes).includes(volume.split(':')[0] ?? ''), volume)
    for (const network of service.networks ?? [])
      assert.ok(named(compose.networks).includes(network), network)
    if (!service.image.startsWith('localhost/comserv')) continue
    assert.deepEqual(
      [service.read_only, service.user, service.cap_drop],
      [true, '65532:65532', ['ALL']],
      name,
    )
  }
  const roles = ['api-1', 'api-2', 'worker'].map((name) => services[name]?.environment?.COMSERV_ROLE)
  assert.deepEqual(roles, ['api', 'api', 'worker'])
  for (const name of ['api-1', 'api-2', 'worker'])
    for (const setting of Object.keys(services[name]?.environment ?? {}))
      assert.ok(setting in settings, `${setting} is a setting`)
})

test('units restart for ever, and run nothing as root', () => {
  for (const [file, role] of [
    ['comserv.service', undefined],
    ['comserv-api@.service', 'api'],
    ['comserv-worker.service', 'worker'],
  ] as const) {
    const unit = readFileSync(join(deploy, 'systemd', file), 'utf8')
    for (const line of [
      'StartLimitIntervalSec=0',
      'Restart=always',
      'User=comserv',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'CapabilityBoundingSet=',
    ])
      assert.ok(unit.split('\n').includes(line), `${file}: ${line}`)
    assert.match(unit, /^RestartSec=\d+$/m)
    assert.equal(/^Environment=COMSERV_ROLE=(.*)$/m.exec(unit)?.[1], role)
  }
})

// The processes of compose.yaml as processes: they need PostgreSQL and Redis.
if (postgresUrl !== undefined && !lacksRedis) {
  test('the processes of compose.yaml serve together: written through the proxy, read from both, delivered by the worker', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'comserv-deploy-'))
    const running: ChildProcess[] = []
    const fresh = await freshDatabase()
    const redis = await startRedis()
    after(async () => {
      for (const child of running) await stopChild(child)
      await fresh.drop()
      rmSync(folder, { recursive: true })
    })
    const names = ['api-1', 'api-2', 'worker', 'proxy'] as const
    const ports = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await freePort('127.0.0.1')] as const)),
    )
    const publicUrl = `http://127.0.0.1:${ports.proxy}`
    const given = {
      POSTGRES_PASSWORD: 'replaced-below',
      COMSERV_SECRET_KEY: fresh.env.COMSERV_SECRET_KEY ?? '',
      COMSERV_PUBLIC_URL: publicUrl,
    }
    // Names and ports of the network of containers become those of this machine.
    const here = (name: string, text: string) => {
      if (name === 'DATABASE_URL') return fresh.env.DATABASE_URL ?? ''
      if (name === 'REDIS_URL') return redis.url
      if (name === 'HOST') return '127.0.0.1'
      if (name === 'COMSERV_DATA_DIR') return folder
      return text.replace(/\b(api-[12]):3000\b/g, (_, each: string) => `127.0.0.1:${ports[each]}`)
    }
    const environmentOf = (name: string) => {
      const all = Object.entries(services[name]?.environment ?? {})
      return Object.fromEntries(all.map(([each, text]) => [each, here(each, filled(text, given))]))
    }
    const extra = { COMSERV_WEBHOOK_ALLOW_HTTP: 'true', COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8' }
    async function start(name: (typeof names)[number]): Promise<void> {
      const { command = [], entrypoint = ['/bin/node', '/opt/comserv/bin/comserv.js'] } = services[name] ?? {}
      const program = entrypoint[1] === '/opt/comserv/bin/proxy.js' ? join(deploy, 'proxy.js') : main
      const child = spawn(process.execPath, [program, ...command], {
        cwd: folder,
        env: {
          ...machineEnv,
          ...environmentOf(name),
          ...(name === 'proxy' ? {} : extra),
          PORT: String(ports[name]),
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      running.push(child)
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      await until(`${name} to be ready`, () => {
        if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`)
        return /ready (at|on port)/.test(said) || undefined
      })
    }
    for (const name of names) await start(name)
    const healthy = spawn(process.execPath, [join(deploy, 'healthy.js')], {
      env: { PORT: String(ports['api-2']) },
    })
    assert.deepEqual(await once(healthy, 'close'), [0, null])

    const receiver = await startReceiver(204)
    const made = spawn(
      process.execPath,
      [main, 'credential', 'create', '--name', 'All', '--scopes', 'read write webhooks:write', '--json'],
      {
        cwd: folder,
        env: { ...machineEnv, ...environmentOf('api-1') },
      },
    )
    let printed = ''
    made.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    assert.deepEqual(await once(made, 'close'), [0, null])
    const headers = { 'x-api-key': JSON.parse(printed).client_secret, 'content-type': 'application/json' }
    const post = async (path: string, json: object) => {
      const response = await fetch(publicUrl + path, { method: 'POST', headers, body: JSON.stringify(json) })
      const body = (await response.json()) as { id: number }
      assert.equal(response.status, 201, JSON.stringify(body))
      return body.id
    }
    await post('/api/v1/webhooks', { url: receiver.url, events: ['document.created'] })
    const ids = [
      await post('/api/v1/documents', { title: 'One' }),
      await post('/api/v1/documents', { title: 'Two' }),
    ]
    for (const name of ['api-1', 'api-2', 'proxy'])
      for (const id of ids) {
        const read = await fetch(`http://127.0.0.1:${ports[name]}/api/v1/documents/${id}`, { headers })
        assert.equal(read.status, 200, name)
      }
    await until('both deliveries', () => (receiver.received.length === 2 ? true : undefined))

    // Without one of the two, the proxy goes on with the other.
    const [first] = running
    assert.ok(first)
    await stopChild(first)
    assert.equal(first.exitCode, 0)
    for (const id of ids) {
      const read = await fetch(`${publicUrl}/api/v1/documents/${id}`, { headers })
      assert.equal(read.status, 200)
    }
    const sick = spawn(process.execPath, [join(deploy, 'healthy.js')], {
      env: { PORT: String(ports['api-1']) },
    })
    assert.deepEqual(await once(sick, 'close'), [1, null])
    for (const child of running) await stopChild(child)
    assert.deepEqual(
      running.map(({ exitCode }) => exitCode),
      [0, 0, 0, 0],
    )
  })
}
