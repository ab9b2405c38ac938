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

  for (const where of ['the console', 'the documentation'] as const) {
    test(`after an update of the server it offers the new version, in ${where}`, async () => {
      const isConsole = where === 'the console'
      const visitor = isConsole ? await signIn(browser, server) : await visit(browser, server.url)
      visitor.expect(/404/, /Failed to fetch dynamically imported module/)
      const { page, context } = visitor
      // A guide is a page of its own; the reference is part of the application.
      if (!isConsole) await page.goto('/docs/reference')
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }))
      const link = isConsole
        ? navigation(page).getByRole('link', { name: 'Audit log' })
        : page.getByRole('navigation', { name: 'Documentation' }).getByRole('link', { name: 'Errors' })
      await link.click()
      await page.getByRole('heading', { level: 1, name: 'This page could not be loaded' }).waitFor()
      await assertSpeaksToPeople(page)
      await link.waitFor()
      await page.unrouteAll()
      await page.getByRole('button', { name: 'Reload' }).click()
      await page.getByRole('heading', { level: 1, name: isConsole ? 'Audit log' : 'Errors' }).waitFor()
      visitor.assertNothingWrong()
      await context.close()
    })
  }
})

async function assertSpeaksToPeople(page: Page): Promise<void> {
  assert.doesNotMatch(await page.locator('main').innerText(), /fetch|imported|module|\.js\b|https?:/i)
}
