import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

const dist = join(import.meta.dirname, '../../sdk/javascript/dist')

/** A page that signs people in with the JavaScript client, loaded as its modules stand. */
const html = (options: string) => `<!doctype html>
<title>Reading room</title>
<button id="in">Sign in</button> <button id="read">Read</button> <button id="out">Sign out</button>
<p id="said"></p>
<script type="module">
import { Comserv } from '/comserv/index.js'
const options = { ${options} }
const say = (text) => (document.querySelector('#said').textContent = text)
const tried = (act) => () => act().catch((error) => say(error.name + ': ' + error.message))
let comserv
document.querySelector('#in').onclick = tried(() => Comserv.signIn({ ...options, scope: 'openid profile documents:read' }))
document.querySelector('#read').onclick = tried(async () => say((await comserv.documents.list()).meta.total_count + ' documents'))
document.querySelector('#out').onclick = tried(async () => { await comserv.signOut(); say('Signed out') })
await tried(async () => {
  comserv = await Comserv.handleRedirect(options)
  say(comserv ? 'Signed in as ' + (await comserv.oauth.userInfo()).preferred_username : 'Nobody is signed in')
})()
</script>
`

suite('the JavaScript client in a page', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()
  let page = ''
  const site = createServer(({ url = '/' }, response) => {
    const file = join(dist, url.split('?')[0]?.replace('/comserv/', '') ?? '')
    const isModule = url.startsWith('/comserv/') && existsSync(file)
    response.writeHead(200, { 'content-type': isModule ? 'text/javascript' : 'text/html; charset=utf-8' })
    response.end(isModule ? readFileSync(file) : page)
  }).listen(0, '127.0.0.1')
  after(() => site.close())
  await once(site, 'listening')
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  const { body: application } = await server.call('POST', '/api/v1/applications', {
    name: 'Reading room',
    kind: 'browser',
    redirect_uris: [`${origin}/`],
    origins: [origin],
    scopes: ['documents:read'],
  })
  const common = `baseUrl: '${server.url}', clientId: '${application.client_id}'`
  const press = (app: Page, name: string) => app.getByRole('button', { name, exact: true }).click()

  test('signIn, handleRedirect and signOut, with the refresh token in memory', async () => {
    page = html(common)
    const person = await signIn(browser, server)
    person.expect(/^another host/, /favicon/)
    const app = await person.context.newPage()
    await app.goto(`${origin}/?keep=this`)
    await app.getByText('Nobody is signed in').waitFor()
    await press(app, 'Sign in')
    await press(app, 'Do not allow')
    await app.getByText('SignInError: The person did not allow it. (access_denied)').waitFor()
    await press(app, 'Sign in')
    await press(app, 'Allow')
    await app.getByText('Signed in as admin').waitFor()
    assert.equal(app.url(), `${origin}/`)
    await press(app, 'Read')
    await app.getByText(/^\d+ documents$/).waitFor()
    await press(app, 'Sign out')
    await app.getByText('Signed out').waitFor()
    await press(app, 'Read')
    await app.getByText('Nobody is signed in any more').waitFor()
    await app.reload()
    await app.getByText('Nobody is signed in').waitFor()
    // An answer that was not asked for here signs nobody in.
    await app.goto(`${origin}/?code=stolen&state=guessed&iss=${server.url}`)
    await app.getByText('Nobody is signed in').waitFor()
    person.assertNothingWrong()
    await person.context.close()
  })

  test('several tabs share one saved refresh token, and take turns', async () => {
    page = html(`${common},
      loadRefreshToken: () => localStorage.getItem('refresh') ?? undefined,
      saveRefreshToken: (token) => token ? localStorage.setItem('refresh', token) : localStorage.removeItem('refresh')`)
    const person = await signIn(browser, server)
    person.expect(/^another host/, /favicon/)
    const tabs = [
      await person.context.newPage(),
      await person.context.newPage(),
      await person.context.newPage(),
    ]
    const [first, ...others] = tabs as [Page, ...Page[]]
    await first.goto(`${origin}/`)
    await press(first, 'Sign in')
    await press(first, 'Allow')
    await first.getByText('Signed in as admin').waitFor()
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        tabs.map((tab) => (round === 0 && tab === first ? undefined : tab.goto(`${origin}/`))),
      )
      for (const tab of tabs) {
        await tab.getByText('Signed in as admin').waitFor()
        await press(tab, 'Read')
        await tab.getByText(/^\d+ documents$/).waitFor()
      }
    }
    await press(others[0] as Page, 'Sign out')
    await (others[0] as Page).getByText('Signed out').waitFor()
    assert.equal(await first.evaluate(() => localStorage.getItem('refresh')), null)
    person.assertNothingWrong()
    await person.context.close()
  })
})
