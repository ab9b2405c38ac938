import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, suite, test } from 'node:test'
import { pythonOfClient } from '../../scripts/python-environment.ts'
import { freePort } from '../../server/src/config/free-port.ts'
import { assertAccessible } from './axe.ts'
import { skip as noBrowser, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { picture } from './looks.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

const root = join(import.meta.dirname, '../..')
const skip =
  noBrowser ||
  (!existsSync(pythonOfClient) &&
    'its packages are not installed; node scripts/python-environment.ts installs them')

suite('the example of a web application with a server', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()
  const port = await freePort('127.0.0.1')
  const origin = `http://127.0.0.1:${port}`
  const folder = mkdtempSync(join(tmpdir(), 'comserv-example-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const { body: application } = await server.call('POST', '/api/v1/applications', {
    name: 'Notice board',
    kind: 'server',
    redirect_uris: [`${origin}/signed-in`],
    scopes: ['documents:read', 'documents:write'],
  })
  const env = {
    ...process.env,
    PYTHONPATH: join(root, 'sdk/python/src'),
    COMSERV_URL: server.url,
    CLIENT_ID: application.client_id,
    CLIENT_SECRET: application.client_secret,
    SESSION_SECRET: 'only for this test',
    SIGN_INS: join(folder, 'sign-ins.sqlite'),
  }

  async function start(): Promise<ChildProcess> {
    const flask = ['-m', 'flask', '--app', 'app', 'run', '--port', `${port}`]
    const app = spawn(pythonOfClient, flask, {
      cwd: join(root, 'examples/server-side'),
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    after(() => app.kill())
    for await (const line of createInterface(app.stderr)) if (line.includes('Running on')) break
    app.stderr.resume()
    return app
  }

  test('a person signs in, adds a document, stays signed in over a restart, and loses access when they take it back', async () => {
    let app = await start()
    const person = await signIn(browser, server)
    person.expect(/^another host/, /favicon/)
    const page = await person.context.newPage()
    await page.goto(origin)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Do not allow' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await page.getByText('Signed in as admin').waitFor()
    await page.getByLabel('Title').fill('Closed on Friday')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Closed on Friday' }).waitFor()
    await assertAccessible(page)
    await picture(page, 'server-side-app')

    const gone = once(app, 'exit')
    app.kill()
    await gone
    app = await start()
    await page.reload()
    await page.getByRole('listitem').filter({ hasText: 'Closed on Friday' }).waitFor()
    const { data } = (await server.call('GET', '/api/v1/audit-log?action=document.create&limit=1')).body
    assert.match(JSON.stringify(data[0]), /Notice board/)

    const refreshTokens = (await page.context().cookies(origin)).filter(({ value }) =>
      value.includes('cs_refresh'),
    )
    assert.deepEqual(refreshTokens, [])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    person.assertNothingWrong()
    await person.context.close()
  })
})
