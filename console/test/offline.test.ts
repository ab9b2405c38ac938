import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { visit } from './visitor.ts'

suite('a page that cannot be loaded', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const navigation = (page: Page) => page.getByRole('navigation', { name: 'Console' })

  test('without a connection it says so, and is there as soon as the connection is', async () => {
    const visitor = await signIn(browser, server)
    // The last is the checker's own: it reads style sheets again, which it cannot offline.
    visitor.expect(/ERR_INTERNET_DISCONNECTED/, /Failed to fetch/, /Couldn't load preload assets/)
    const { page, context } = visitor
    await context.setOffline(true)
    await navigation(page).getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('heading', { level: 1, name: 'You are offline' }).waitFor()
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
    await assertSpeaksToPeople(page)
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Try again' }).click()
    await navigation(page).getByRole('link', { name: 'Documents' }).waitFor()
    await context.setOffline(false)
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor()
    visitor.assertNothingWrong()
    await context.close()
  })

  test('what a page reads fails without a connection, and does not wait for one', async () => {
    const visitor = await signIn(browser, server)
    visitor.expect(/ERR_INTERNET_DISCONNECTED/, /Failed to fetch/)
    const { page, context } = visitor
    await page.goto('/console/users')
    await page.getByRole('link', { name: 'admin', exact: true }).waitFor()
    await context.setOffline(true)
    await page.getByLabel('Role').selectOption('editor')
    await page.getByText('The server could not be reached').first().waitFor()
    await assertSpeaksToPeople(page)
    visitor.assertNothingWrong()
    await context.close()
  })

  for (const who of ['a guest', 'a signed-in reader'] as const) {
    test(`a part whose file cannot be loaded leaves the page around it as it is, for ${who}`, async () => {
      const isGuest = who === 'a guest'
      const visitor = isGuest ? await visit(browser, server.url) : await signIn(browser, server)
      visitor.expect(/ERR_FAILED/)
      const { page, context } = visitor
      await page.route('**/assets/search-*.js', (route) => route.abort())
      await page.goto('/docs/quick-start')
      // For them the application has taken the place of the page by then.
      if (!isGuest) await page.getByRole('button', { name: 'Signed in as admin' }).waitFor()
      const title = await page.getByRole('heading', { level: 1 }).innerText()
      await page.getByRole('button', { name: 'Search the documentation' }).click()
      await page.getByText('This part of the page could not be loaded').waitFor()
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await assertAccessible(page)
      visitor.assertNothingWrong()
      await context.close()
    })
  }

  test('the documentation says that there is a new version, in the application that writing a request starts', async () => {
    const visitor = await visit(browser, server.url)
    visitor.expect(/404/, /Failed to fetch dynamically imported module/)
    const { page, context } = visitor
    await page.goto('/docs/reference/listDocuments')
    await page.getByRole('button', { name: 'Write a request' }).click()
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor()
    await page.waitForLoadState('networkidle')
    await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }))
    await page.route('**/docs/reference/listDocuments', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replaceAll('/assets/', '/assets/new-') })
    })
    const link = page
      .getByRole('navigation', { name: 'Documentation' })
      .getByRole('link', { name: 'Errors', exact: true })
    await link.click()
    await page.getByRole('heading', { level: 1, name: 'There is a new version' }).waitFor()
    await assertSpeaksToPeople(page)
    await assertAccessible(page)
    await link.waitFor()
    await page.unrouteAll()
    await page.locator('main').getByRole('button', { name: 'Reload', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Errors' }).waitFor()
    visitor.assertNothingWrong()
    await context.close()
  })

  test('a request that cannot be written after an update says so, and can be after a reload', async () => {
    const visitor = await visit(browser, server.url)
    visitor.expect(/404/)
    const { page, context } = visitor
    await page.goto('/docs/reference/listDocuments')
    await page.waitForLoadState('networkidle')
    await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }))
    const write = page.getByRole('button', { name: 'Write a request' })
    await write.click()
    await page.getByText('This part of the page could not be loaded. Reload the page to try again.').waitFor()
    assert.ok(await write.isEnabled())
    await assertAccessible(page)
    await page.unrouteAll()
    await page.reload()
    await write.click()
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor()
    visitor.assertNothingWrong()
    await context.close()
  })

  // Pages of text need no file of the application.
  test('after an update of the server it offers the new version, in the console', async () => {
    const visitor = await signIn(browser, server)
    visitor.expect(/404/, /Failed to fetch dynamically imported module/)
    const { page, context } = visitor
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }))
    const link = navigation(page).getByRole('link', { name: 'Audit log' })
    await link.click()
    await page.getByRole('heading', { level: 1, name: 'This page could not be loaded' }).waitFor()
    await assertSpeaksToPeople(page)
    await link.waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Reload' }).click()
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor()
    visitor.assertNothingWrong()
    await context.close()
  })

  test('what could not be read without a connection is read when it is back', async () => {
    const visitor = await signIn(browser, server)
    visitor.expect(/ERR_INTERNET_DISCONNECTED/, /Failed to fetch/)
    const { page, context } = visitor
    await page.goto('/console/users')
    await page.getByRole('link', { name: 'admin', exact: true }).waitFor()
    await context.setOffline(true)
    await page.getByLabel('Role').selectOption('admin')
    const error = page.getByText('The server could not be reached').first()
    await error.waitFor()
    await context.setOffline(false)
    await error.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'admin', exact: true }).waitFor()
    visitor.assertNothingWrong()
    await context.close()
  })

  test('a console that stays open offers the new version, and a reload keeps what was typed', async () => {
    const visitor = await signIn(browser, server)
    const { page, context } = visitor
    await page.goto('/console/users/new')
    await page.getByLabel('Username', { exact: true }).fill('grace')
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple')
    await page.getByLabel('About', { exact: true }).fill('Wrote a compiler.')
    const reload = page.getByRole('button', { name: 'Reload', exact: true })
    const looks = page.waitForResponse((response) => response.url() === `${server.url}/console/users/new`)
    await comesBack(page)
    await (await looks).finished()
    assert.equal(await reload.count(), 0, 'the same version')

    await page.route('**/console/users/new', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replaceAll('/assets/', '/assets/new-') })
    })
    await comesBack(page)
    await page.getByText(/was updated\. Reload to get the new version; what you typed is kept\./).waitFor()
    await assertAccessible(page)
    await page.unrouteAll()
    // No question: nothing is lost.
    await reload.click()
    await page.getByText(/What you typed before the reload is here again/).waitFor()
    assert.equal(await page.getByLabel('Username', { exact: true }).inputValue(), 'grace')
    assert.equal(await page.getByLabel('About', { exact: true }).inputValue(), 'Wrote a compiler.')
    assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '')
    assert.doesNotMatch(await page.evaluate('JSON.stringify(sessionStorage)'), /correct horse|grace/)
    // It is unsaved input like any other.
    await navigation(page).getByRole('link', { name: 'Documents' }).click()
    await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
    await page.getByRole('heading', { level: 1, name: 'Documents' }).waitFor()
    visitor.assertNothingWrong()
    await context.close()
  })

  test('a reload for the new version keeps what was changed, over what others have saved meanwhile', async () => {
    const visitor = await signIn(browser, server)
    const { page, context } = visitor
    const { body } = await server.call('POST', '/api/v1/documents', { title: 'Minutes', content: 'One' })
    const path = `/console/documents/${body.id}/edit`
    await page.goto(path)
    await page.getByLabel('Text', { exact: true }).fill('Two')
    await page.route(`**${path}`, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replaceAll('/assets/', '/assets/new-') })
    })
    await comesBack(page)
    const reload = page.getByRole('button', { name: 'Reload', exact: true })
    await reload.waitFor()
    await server.call('PATCH', `/api/v1/documents/${body.id}`, { title: 'Minutes of May' })
    await page.unrouteAll()
    await reload.click()
    await page.getByText(/is here again/).waitFor()
    assert.equal(await page.getByLabel('Title', { exact: true }).inputValue(), 'Minutes of May')
    assert.equal(await page.getByLabel('Text', { exact: true }).inputValue(), 'Two')
    await page.getByRole('button', { name: 'Save draft', exact: true }).click()
    await page.getByText('Saved as version 3.').waitFor()
    const saved = await server.call('GET', `/api/v1/documents/${body.id}`)
    assert.deepEqual([saved.body.title, saved.body.content], ['Minutes of May', 'Two'])
    visitor.assertNothingWrong()
    await context.close()
  })

  test('a page whose file is gone says that there is a new version, where there is one', async () => {
    const visitor = await signIn(browser, server)
    visitor.expect(/404/, /Failed to fetch dynamically imported module/)
    const { page, context } = visitor
    await page.goto('/console')
    await page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor()
    await page.waitForLoadState('networkidle')
    await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }))
    await page.route('**/console', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replaceAll('/assets/', '/assets/new-') })
    })
    await navigation(page).getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('heading', { level: 1, name: 'There is a new version' }).waitFor()
    await assertSpeaksToPeople(page)
    await page.unrouteAll()
    await page.locator('main').getByRole('button', { name: 'Reload', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor()
    visitor.assertNothingWrong()
    await context.close()
  })
})

/** As when the tab is shown again. */
async function comesBack(page: Page): Promise<void> {
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
}

async function assertSpeaksToPeople(page: Page): Promise<void> {
  assert.doesNotMatch(await page.locator('main').innerText(), /fetch|imported|module|\.js\b|https?:/i)
}
