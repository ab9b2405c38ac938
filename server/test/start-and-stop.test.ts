import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import pg from 'pg'
import { install } from './product-process.ts'
import { RawConnection } from './raw-http.ts'
import { serve } from './serving.ts'
import { until } from './until.ts'

const product = await install()
assert.equal((await product.run(['migrate'])).code, 0)
const { DATABASE_URL: url, COMSERV_DATA_DIR: dataDir = '' } = product.env

/** Statements beside the product, in a session of their own. */
async function beside() {
  if (url !== undefined) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return { run: (statement: string) => client.query(statement), close: () => client.end() }
  }
  const database = new DatabaseSync(join(dataDir, 'comserv.db'))
  return {
    run: async (statement: string) => void database.exec(statement),
    close: async () => database.close(),
  }
}

const isFree = () =>
  fetch(`${product.url}/health/live`).then(
    () => false,
    () => true,
  )

test('a start that fails when it listens already ends, and leaves the port free', async () => {
  const administrator = await beside()
  const refusal =
    url === undefined
      ? [`CREATE TRIGGER no_link BEFORE INSERT ON one_time_links BEGIN SELECT RAISE(ABORT, 'no link'); END`]
      : [
          `create function no_link() returns trigger language plpgsql as $$ begin raise exception 'no link'; end $$`,
          'create trigger no_link before insert on one_time_links for each row execute function no_link()',
        ]
  for (const statement of refusal) await administrator.run(statement)
  try {
    const { code, stderr } = await product.run(['serve'])
    assert.equal(code, 1)
    assert.match(stderr, /no link/)
    assert.ok(await isFree())
  } finally {
    await administrator.run(`DROP TRIGGER no_link${url === undefined ? '' : ' on one_time_links'}`)
    await administrator.close()
  }
})

/** Tells at the end what was loaded of Node that is large, and of packages that not every server needs. */
const told = `process.once('exit', () => {
  const packages = Object.keys(process.getBuiltinModule('module')._cache)
  const large = [...process.moduleLoadList, ...packages].map((name) =>
    /internal.deps.(undici|amaro)|node_modules.(pg|prom-client|nodemailer)(?=.)/.exec(name)?.slice(1).find(Boolean))
  process.stderr.write('loaded: ' + JSON.stringify([...new Set(large)].filter(Boolean)))
})`

test('a start loads neither the compiler that removes types, nor what only some servers need', async () => {
  const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(told)}`]
  // The first leaves the compiled code of this version behind.
  for (const isLast of [false, true]) {
    const serving = await serve(product.env, { nodeOptions })
    await serving.stop()
    await serving.ended
    const loaded = JSON.parse(/loaded: (.*)/.exec(serving.stderr())?.[1] ?? '')
    if (isLast) assert.deepEqual(loaded, url === undefined ? [] : ['pg'])
  }
})

test('a second signal ends a server that is still finishing what runs', async () => {
  const serving = await product.serve()
  const request = new RawConnection(product.url)
  request.write('POST /api/v1/oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n')
  assert.equal((await fetch(`${product.url}/health/live`)).status, 200)
  serving.process.kill('SIGINT')
  await until('the server to stop', () => serving.stdout().includes('stopping: finishing') || undefined)
  serving.process.kill('SIGTERM')
  assert.equal(await serving.ended, 143)
  await request.answer()
})

for (const [what, replaced] of [
  ['database', ['', '-wal']],
  ['log', ['-wal']],
] as const)
  if (url === undefined)
    test(`a server whose ${what} was replaced saves what it has open, and leaves the files of others alone`, async () => {
      const create = ['credential', 'create', '--name', 'n', '--scopes', 'read write', '--json']
      const key = JSON.parse((await product.run(create)).stdout).client_secret
      const serving = await product.serve()
      const post = (title: string) =>
        fetch(`${product.url}/api/v1/documents`, {
          method: 'POST',
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({ title }),
        })
      assert.equal((await post(`kept of ${what}`)).status, 201)
      const file = join(dataDir, 'comserv.db')
      for (const rest of replaced) {
        rmSync(file + rest)
        writeFileSync(file + rest, `the ${rest} of somebody else`)
      }
      assert.equal((await post('refused')).status, 503)
      assert.equal((await fetch(`${product.url}/health/ready`)).status, 503)
      serving.process.kill('SIGTERM')
      assert.equal(await serving.ended, 0)
      assert.match(serving.stdout(), /removed or replaced while the server has it open/)
      for (const rest of replaced)
        assert.equal(readFileSync(file + rest, 'utf8'), `the ${rest} of somebody else`)
      for (const rest of ['', '-wal', '-shm']) rmSync(file + rest, { force: true })
      const saved = readdirSync(dataDir).find((name) => name.startsWith('comserv.db.saved-')) ?? ''
      assert.match(serving.stdout(), new RegExp(saved))
      renameSync(join(dataDir, saved), join(dataDir, 'saved'))
      const restored = await product.run(['restore', join(dataDir, 'saved')])
      assert.equal(restored.code, 0, restored.stderr)
      const database = new DatabaseSync(file)
      const titles = database.prepare('SELECT title FROM documents').all()
      database.close()
      assert.ok(titles.some(({ title }) => title === `kept of ${what}`))
      assert.ok(!titles.some(({ title }) => title === 'refused'))
    })

if (url !== undefined) {
  const listening = (child: ChildProcess) =>
    new Promise<void>((resolve) => {
      child.stdout?.on('data', (part: string) => {
        if (part.includes('Server listening')) resolve()
      })
    })

  for (const isStopped of [false, true])
    test(`a server that cannot write its set-up link ${isStopped ? 'can be stopped' : 'serves, and writes it as soon as it can'}`, async () => {
      const locker = await beside()
      after(() => locker.close())
      await locker.run('begin')
      await locker.run('lock table one_time_links in access exclusive mode')
      let heard: Promise<void> | undefined
      const serving = await product.serve({}, (child) => {
        heard = listening(child)
      })
      await heard
      await until(
        'the link to wait',
        () => serving.stdout().includes('the end of the start waits for the database') || undefined,
      )
      assert.equal((await fetch(`${product.url}/health/ready`)).status, 200)
      if (!isStopped) {
        await locker.run('rollback')
        await until('the link', () => serving.stderr().includes('/setup#token=') || undefined)
      }
      serving.process.kill('SIGTERM')
      assert.equal(await serving.ended, 0)
      assert.equal(serving.stderr().includes('/setup#token='), !isStopped)
      if (isStopped) await locker.run('rollback')
    })

  test('a start that waits for a silent database is stopped by a signal', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const connected = once(silent, 'connection')
    const elsewhere = new URL(url)
    elsewhere.port = String((silent.address() as { port: number }).port)
    let child: ChildProcess | undefined
    const started = product.serve({ DATABASE_URL: elsewhere.href }, (spawned) => {
      child = spawned
    })
    const failed = assert.rejects(started, /The server ended/)
    const [socket] = await connected
    child?.kill('SIGTERM')
    await failed
    assert.equal(child?.exitCode, 0)
    socket.destroy()
    silent.close()
  })
}
