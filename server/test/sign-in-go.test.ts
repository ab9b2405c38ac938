import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { pressAllow, pressDevice } from './allowing.ts'
import { type Json, startServer, TestClock } from './harness.ts'
import { signedInAs } from './people.ts'

const module = join(import.meta.dirname, 'sign-in-go')
const env = { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' }
const folder = mkdtempSync(join(tmpdir(), 'comserv-go-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Nothing is fetched here: `.ci/run` downloads the library where there is a Go. */
const program = join(folder, 'sign-in')
const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: module, env, encoding: 'utf8' })

if (built.status !== 0)
  console.log(
    `Signing in from Go is not tested: there is no Go 1.26, or its library is not there (cd ${module} && go mod download).`,
  )
else
  test("Go's oauth2 signs a person in by a code and by a device code, and refreshes", async () => {
    const server = await startServer({ clock: new TestClock(new Date().toISOString()) })
    const { secret: admin } = await server.credential('admin')
    const person = await signedInAs(server, 'editor')
    const redirectUri = 'http://127.0.0.1:4711/done'
    const application = async (kind: string): Promise<Json> => {
      const json = {
        name: `A ${kind}`,
        kind,
        redirect_uris: [redirectUri],
        scopes: ['documents:read'],
      }
      return (await server.call('POST', '/api/v1/applications', { key: admin, json })).body
    }
    const [web, native] = [await application('server'), await application('native')]
    const child = spawn(program, {
      env: {
        COMSERV_URL: server.url,
        CLIENT_ID: web.client_id,
        CLIENT_SECRET: web.client_secret,
        NATIVE_CLIENT_ID: native.client_id,
        REDIRECT_URI: redirectUri,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
    const exit = once(child, 'exit')
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      lines.push(line)
      if (line.startsWith('http')) child.stdin.write(`${await pressAllow(server, person, line)}\n`)
      else if (line !== 'done') {
        await pressDevice(server, person, line)
        child.stdin.write('entered\n')
      }
    }
    await exit
    assert.equal(errors, '')
    assert.equal(lines.at(-1), 'done')
    const seen = await server.call('GET', '/api/v1/me/applications', { headers: { cookie: person.cookie } })
    assert.deepEqual(seen.body.data.map(({ name }: Json) => name).toSorted(), ['A native', 'A server'])
  })
