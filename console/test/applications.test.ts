import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { picture } from './looks.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'
import { visit } from './visitor.ts'

const run = promisify(execFile)

/** A page that people read it with, on an origin of its own. */
const source = readFileSync(join(import.meta.dirname, '../../examples/single-page-app/index.html'), 'utf8')

suite('applications', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const dialog = (page: Page) => page.getByRole('dialog')

  test('an administrator makes an application; a person signs in to it, and ends its access', async () => {
    let html = ''
    const site = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(html)
    }).listen(0, '127.0.0.1')
    after(() => site.close())
    await once(site, 'listening')
    const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    const admin = await signIn(browser, server)
    admin.expect(/400/)
    const { page } = admin
    await page
      .getByRole('navigation', { name: 'Console' })
      .getByRole('link', { name: 'Applications', exact: true })
      .click()
    await page.getByText('No application yet').waitFor()
    await page.getByRole('link', { name: 'New application' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('Reading room')
    await page.getByRole('radio', { name: 'Browser' }).check()
    await page.getByLabel('Redirect URIs, row 1').fill(`${origin}/`)
    await button(page, 'Add a redirect URI').click()
    await button(page, 'Add a redirect URI').click()
    await page.getByLabel('Redirect URIs, row 3').fill('http://app.example.org/')
    await button(page, 'Add an origin').click()
    await page.getByLabel('Origins, row 1').fill(origin)
    await button(page, 'Create application').click()

    // The second row is empty, so that the API calls the third one the second.
    const third = page.getByLabel('Redirect URIs, row 3')
    await page.getByText('http is only for loopback addresses; use https').waitFor()
    assert.equal(await third.getAttribute('aria-invalid'), 'true')
    assert.equal(await page.getByLabel('Redirect URIs, row 1').getAttribute('aria-invalid'), null)
    await assertAccessible(page)
    await picture(page, 'application-row-refused')
    await button(page, 'Remove row 3: Redirect URIs').click()
    await button(page, 'Create application').click()
    await page.getByRole('heading', { level: 1, name: 'Reading room' }).waitFor()
    const { data } = (await server.call('GET', '/api/v1/applications')).body
    const [made] = data
    assert.deepEqual(made.redirect_uris, [`${origin}/`])
    assert.deepEqual(made.origins, [origin])
    assert.deepEqual(made.scopes, ['documents:read'])
    assert.equal(made.roles, null)
    await page.getByText(made.client_id, { exact: true }).waitFor()
    await page.getByText(`${server.url}/.well-known/openid-configuration`).waitFor()
    await assertAccessible(page)
    await picture(page, 'application-made')

    html = source
      .replace('http://127.0.0.1:3000', server.url)
      .replace('cs_app_…', made.client_id)
      .replace(' documents:write events:read', '')
    const person = await signIn(browser, server, 'newuser')
    person.expect(/^another host/, /favicon/, /401/)
    const app = await person.context.newPage()
    await app.goto(`${origin}/`)
    await button(app, 'Sign in').click()
    await app.getByRole('heading', { name: 'Allow Reading room to act for you?' }).waitFor()
    await app.getByText('Read documents', { exact: true }).waitFor()
    await assertAccessible(app)
    for (const width of [390, 1280]) {
      await app.setViewportSize({ width, height: 800 })
      for (const colorScheme of ['light', 'dark'] as const) {
        await app.emulateMedia({ colorScheme })
        await assertAccessible(app)
        await picture(app, `consent-${width}-${colorScheme}`)
      }
    }
    await button(app, 'Do not allow').click()
    await app.getByText('Not signed in: The person did not allow it.').waitFor()
    await button(app, 'Sign in').click()
    await button(app, 'Allow').click()
    await app.getByText('Signed in as newuser').waitFor()
    await button(app, 'Refresh').click()
    await app.getByRole('listitem').first().waitFor()
    assert.equal(await app.getByRole('listitem').count(), 5)

    await person.page.goto('/console/account')
    const row = person.page.locator('.my-applications > li').filter({ hasText: 'Reading room' })
    await row.getByText('Read documents').waitFor()
    await row.getByText('See your username and role').waitFor()
    await assertAccessible(person.page)
    await picture(person.page, 'application-with-access')
    await row.getByRole('button', { name: 'Remove access of Reading room' }).click()
    await dialog(person.page).getByText('It has to ask you again').waitFor()
    await button(person.page, 'Remove access').click()
    await person.page.getByText('None. A program that you sign in to').waitFor()

    // The page does not know it yet; its next request is refused, and it has to ask again.
    await button(app, 'Refresh').click()
    await app.getByText('Signed out').waitFor()
    assert.equal(await app.getByRole('listitem').count(), 0)
    await button(app, 'Sign in').click()
    await app.getByRole('heading', { name: 'Allow Reading room to act for you?' }).waitFor()
    await app.route('**/oauth/authorize?**', (route) =>
      route.continue({ headers: { ...route.request().headers(), 'accept-language': 'de' } }),
    )
    await app.reload()
    await app.getByRole('heading', { name: 'Darf Reading room für Sie handeln?' }).waitFor()
    await app.setViewportSize({ width: 390, height: 800 })
    await assertAccessible(app)
    await picture(app, 'consent-german')

    person.assertNothingWrong()
    admin.assertNothingWrong()
    await Promise.all([admin.context.close(), person.context.close()])
  })

  test('a server gets its secret once, what the page shows signs a person in, and a new secret ends the old one', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    await page.goto('/console/developer/applications/new')
    await page.getByLabel('Name', { exact: true }).fill('Intranet')
    await page.getByRole('radio', { name: 'Server' }).check()
    await page.getByLabel('Redirect URIs, row 1').fill('http://127.0.0.1:9/signed-in')
    await page.getByRole('radio', { name: 'Only people with these roles' }).check()
    await page.getByRole('checkbox', { name: 'Admin', exact: true }).check()
    await page.getByRole('checkbox', { name: 'Editor', exact: true }).check()
    await button(page, 'Create application').click()
    await page.getByRole('heading', { level: 1, name: 'Store this secret now' }).waitFor()
    const [clientId, secret] = await page.locator('.shown code').allInnerTexts()
    assert.ok(clientId && secret)
    await assertAccessible(page)
    await picture(page, 'application-secret')
    const [first, second] = await page.locator('.code-block code').allInnerTexts()
    assert.ok(first && second)

    const asking = await run('bash', ['-c', `${first}\necho "$VERIFIER"`])
    const [address, verifier] = asking.stdout.trim().split('\n')
    assert.ok(address && verifier)
    const visitor = await visit(browser, server.url)
    const asked = visitor.page
    // Nobody listens there; the address is what counts.
    await asked.route('http://127.0.0.1:9/**', (route) => route.fulfill({ body: 'signed in' }))
    await asked.goto(address)
    await asked.getByLabel('Username or email').fill('johndoe')
    await asked.getByLabel('Password', { exact: true }).fill(password)
    await button(asked, 'Sign in').click()
    await button(asked, 'Allow').click()
    await asked.waitForURL('http://127.0.0.1:9/**')
    const code = new URL(asked.url()).searchParams.get('code') ?? ''
    const env = { ...process.env, CODE: code, VERIFIER: verifier, CLIENT_SECRET: secret }
    const { stdout } = await run('bash', ['-c', second], { env })
    const tokens = JSON.parse(stdout)
    assert.equal(tokens.scope, 'openid documents:read', stdout)

    await button(page, 'I have stored it').click()
    await page.getByText('Admin, Editor').waitFor()
    await button(page, 'Rotate secret').click()
    await dialog(page).getByText('The old secret stops working at once').waitFor()
    await dialog(page).getByRole('button', { name: 'Rotate secret' }).click()
    await page.getByRole('heading', { level: 1, name: 'Store the new secret now' }).waitFor()
    const [, next] = await page.locator('.shown code').allInnerTexts()
    assert.ok(next && next !== secret)
    const status = async (shown: string) =>
      (
        await fetch(`${server.url}/api/v1/oauth/introspect`, {
          method: 'POST',
          headers: { authorization: `Basic ${Buffer.from(`${clientId}:${shown}`).toString('base64')}` },
          body: new URLSearchParams({ token: tokens.access_token }),
        })
      ).status
    assert.deepEqual([await status(secret), await status(next)], [401, 200])
    await button(page, 'I have stored it').click()

    await page.getByRole('link', { name: 'Change', exact: true }).click()
    assert.equal(await page.getByRole('radio', { name: 'Browser' }).count(), 0)
    await page.getByRole('radio', { name: 'Everybody with an account' }).check()
    await button(page, 'Save').click()
    await page.getByText('everybody with an account').waitFor()

    await button(page, 'Delete').click()
    await dialog(page).getByText('Everybody is signed out of it at once').waitFor()
    await dialog(page).getByRole('button', { name: 'Delete' }).click()
    await page.waitForURL('**/developer/applications')
    const ended = await fetch(`${server.url}/api/v1/documents`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    assert.equal(ended.status, 401)
    assertNothingWrong()
    await Promise.all([context.close(), visitor.context.close()])
  })
})
