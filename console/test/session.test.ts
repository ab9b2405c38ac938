import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { type Visitor, visit } from './visitor.ts'

if (skip) test('arriving at the console', { skip }, () => {})
else await testArriving()

async function testArriving(): Promise<void> {
  const server = await startConsole()
  const browser = await startChromium()

  test('the setup link makes the first administrator and signs in', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto(server.setupPath)
    await page.getByLabel('Email').fill('admin@example.org')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Create administrator' }).click()
    await page.waitForURL('**/console')
    await page.getByRole('button', { name: 'Signed in as admin' }).waitFor()
    visitor.assertNothingWrong()

    await page.goto(server.setupPath)
    await page.getByText('Setup is complete').waitFor()
    visitor.assertNothingWrong()
  })

  test('signing in leads to the requested page, and signing out leads away', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/console/account')
    await page.waitForURL('**/sign-in?next=*')
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL('**/console/account')
    // What the page still reads would be refused.
    await page.waitForLoadState('networkidle')
    await page.getByRole('button', { name: 'Signed in as admin' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByText('Welcome, guest').waitFor()
    visitor.assertNothingWrong()
  })

  test('signing in leads to the application that asked, and what is allowed there leads back to it', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    const home = `${server.url}/docs/quick-start`
    const { body: application } = await server.call('POST', '/api/v1/applications', {
      name: 'Reading room',
      kind: 'browser',
      redirect_uris: [home],
      scopes: ['documents:read'],
    })
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: application.client_id,
      redirect_uri: home,
      scope: 'openid documents:read',
      state: 'a state',
      code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
      code_challenge_method: 'S256',
    })
    await page.goto(`/oauth/authorize?${asked}`)
    await page.waitForURL('**/sign-in?next=*')
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Allow Reading room to act for you?' }).waitFor()
    visitor.assertNothingWrong()
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await page.waitForURL((url) => url.href.startsWith(`${home}?`))
    const { searchParams } = new URL(page.url())
    assert.deepEqual([searchParams.get('state'), searchParams.get('code') !== null], ['a state', true])
    visitor.assertNothingWrong()
  })

  test('a wrong password is told in the words of the API', async () => {
    const visitor = await visit(browser, server.url)
    visitor.expect(/401/)
    const { page } = visitor
    await page.goto('/sign-in')
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill('wrong')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('The username or the password is wrong.').waitFor()
    assert.equal(new URL(page.url()).pathname, '/sign-in')
    visitor.assertNothingWrong()
  })

  test('a session that ended leads to the sign-in, and back to the same page', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/sign-in?next=%2Fconsole%2Faccount')
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL('**/console/account')
    visitor.assertNothingWrong()
    await forgetSession(visitor)
    visitor.expect(/401/)
    await page.goto('/console/account')
    await page.getByText('Your session has ended').waitFor()
    assert.equal(new URL(page.url()).searchParams.get('next'), '/console/account')
    visitor.assertNothingWrong()
  })

  test('input in the sign-in form survives a late report that the session has ended', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/sign-in')
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL('**/console')
    await forgetSession(visitor)
    visitor.expect(/401/)
    const asked = Promise.withResolvers<() => Promise<void>>()
    await page.route('**/api/v1/session', (route) => asked.resolve(() => route.continue()), { times: 1 })
    await page.goto('/sign-in')
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    const answer = await asked.promise
    const told = page.waitForResponse('**/api/v1/session')
    await answer()
    await (await told).finished()
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL('**/console')
    visitor.assertNothingWrong()
  })

  test('the address to go on to cannot lead to another website', async () => {
    for (const next of [
      '//elsewhere.example/x',
      '/.//elsewhere.example',
      '/..//elsewhere.example/x',
      '/\\\\e.example',
    ]) {
      const visitor = await visit(browser, server.url)
      const { page } = visitor
      await page.goto(`/sign-in?${new URLSearchParams({ next })}`)
      await page.getByLabel('Username or email').fill('admin')
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForURL(`${server.url}/console`)
      visitor.assertNothingWrong()
      await visitor.context.close()
    }
  })
}

/** Nothing on a page asks while the session goes: it would be told first, and lead to the sign-in by itself. */
async function forgetSession({ page, context }: Visitor): Promise<void> {
  await page.goto('about:blank')
  await context.clearCookies()
}
