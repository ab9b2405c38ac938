import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { until } from '../../server/test/until.ts'
import { guideFiles, readGuide } from '../guides/files.ts'
import { renderGuide } from '../guides/markdown.ts'
import { pathOf } from '../src/docs/chapters.ts'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { visit } from './visitor.ts'

suite('the documentation', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()

  test('a guest is welcomed and can sign in; who is signed in is greeted by name', async () => {
    await server.user('editor', 'edith')
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/')
    await page.getByRole('heading', { level: 1, name: 'Comserv API documentation' }).waitFor()
    await page.getByText('Welcome, guest').waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Username or email').fill('edith')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('Welcome, edith').waitFor()
    assert.equal(new URL(page.url()).pathname, '/')
    visitor.assertNothingWrong()
  })

  test('every guide opens, from the navigation, under its own title', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/')
    const nav = page.getByRole('navigation', { name: 'Documentation' })
    for (const [name, file] of guideFiles()) {
      if (name === 'overview') continue
      const { title } = renderGuide(readGuide(file), file)
      await nav.locator(`a[href="${pathOf(name)}"]`).click()
      await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
      assert.equal(await page.title(), `${title} · Comserv`)
      visitor.assertNothingWrong()
    }
  })

  test('every guide opens by its address, too', async () => {
    const visitor = await visit(browser, server.url)
    for (const [name] of guideFiles()) {
      await visitor.page.goto(pathOf(name))
      await visitor.page.locator('.guide-text').waitFor()
    }
    visitor.assertNothingWrong()
  })

  test('links between guides open at their anchor, and Back returns to the place', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/docs/authentication')
    const link = page.locator('.guide-text a[href="/docs/events#the-audit-log"]')
    await link.scrollIntoViewIfNeeded()
    const before = Number(await page.evaluate('scrollY'))
    assert.ok(before > 500)
    await link.click()
    await page.getByRole('heading', { level: 1, name: 'Events and the audit log' }).waitFor()
    await isAtTop(page, 'the-audit-log')
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Authentication' }).waitFor()
    await comesTrue(page, 'the former place', `Math.abs(scrollY - ${before}) < 3`)
    visitor.assertNothingWrong()
  })

  test('a page that is opened by its address begins at its top or its anchor, a reload and Back at the place', async () => {
    await server.user('editor', 'scrolling')
    for (const { page, assertNothingWrong, context } of [
      await visit(browser, server.url),
      await signIn(browser, server, 'scrolling'),
    ]) {
      const opened = (path: string) => page.goto(path, { waitUntil: 'networkidle' })
      await opened('/docs/webhooks')
      await page.evaluate('scrollTo(0, 3000)')
      await opened('/docs/users')
      await comesTrue(page, 'the top', 'scrollY === 0')
      await opened('/docs/webhooks#verify')
      await isAtTop(page, 'verify')
      await page.evaluate('scrollTo(0, 2500)')
      await page.reload({ waitUntil: 'networkidle' })
      await comesTrue(page, 'the place before the reload', 'scrollY === 2500')
      await opened('/docs/users')
      await page.goBack({ waitUntil: 'networkidle' })
      await comesTrue(page, 'the place before it was left', 'scrollY === 2500')
      assertNothingWrong()
      await context.close()
    }
  })

  test('an anchor opens at its heading: in the address, in the contents, on the heading itself', async () => {
    const visitor = await visit(browser, server.url, { width: 1400 })
    const { page } = visitor
    await page.goto('/docs/webhooks#after-an-outage')
    await isAtTop(page, 'after-an-outage')
    await page.getByRole('navigation', { name: 'On this page' }).getByRole('link', { name: 'Verify' }).click()
    await isAtTop(page, 'verify')
    assert.equal(new URL(page.url()).hash, '#verify')
    await page.goBack()
    await isAtTop(page, 'after-an-outage')
    await page.locator('h2#try-it a').click()
    await isAtTop(page, 'try-it')
    visitor.assertNothingWrong()
  })

  test('the key / opens the search, the arrows choose, and Enter goes there', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/docs/users')
    await page.locator('.guide-text').waitFor()
    await page.keyboard.press('/')
    const field = page.getByRole('combobox', { name: 'Search guides and endpoints' })
    await field.fill('zebra')
    await page.getByText('No results for zebra.').waitFor()
    await field.fill('retry-after')
    await page.getByRole('option').nth(1).waitFor()
    await page.keyboard.press('ArrowDown')
    const chosen = page.getByRole('option', { selected: true })
    assert.equal(await field.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'))
    await field.fill('what to do when a key leaks')
    await page
      .getByRole('option', { name: /If a key leaks/ })
      .first()
      .waitFor()
    await field.fill('If a key leaks')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/docs/authentication#if-a-key-leaks')
    await isAtTop(page, 'if-a-key-leaks')
    await page.getByRole('button', { name: 'Search the documentation' }).click()
    await field.waitFor()
    await page.keyboard.press('Escape')
    await field.waitFor({ state: 'detached' })
    visitor.assertNothingWrong()
  })

  test('a sample is copied as it stands, with the address of this server', async () => {
    const visitor = await visit(browser, server.url)
    const { page, context } = visitor
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto('/docs/authentication')
    const block = page.locator('.code').filter({ hasText: '-H "X-API-Key: $KEY"' }).first()
    await block.getByRole('button', { name: 'Copy' }).click()
    await block.getByRole('button', { name: 'Copied' }).waitFor()
    assert.equal(
      await page.evaluate('navigator.clipboard.readText()'),
      `curl -H "X-API-Key: $KEY" ${server.url}/api/v1/users`,
    )
    visitor.assertNothingWrong()
  })

  test('previous and next lead through all guides', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/')
    for (const [name, file] of [...guideFiles()].slice(1)) {
      await page.locator('.neighbours a[rel="next"]').click()
      await page.waitForURL(`**${pathOf(name)}`)
      await page.getByRole('heading', { level: 1, name: renderGuide(readGuide(file), file).title }).waitFor()
    }
    assert.equal(await page.locator('.neighbours a[rel="next"]').count(), 0)
    visitor.assertNothingWrong()
  })

  test('a missing page says so, and /docs is the home', async () => {
    const visitor = await visit(browser, server.url)
    visitor.expect(/404/)
    const { page } = visitor
    assert.equal((await page.goto('/docs/nothing'))?.status(), 404)
    await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor()
    await page.goto('/docs')
    await page.waitForURL(`${server.url}/`)
    visitor.assertNothingWrong()
  })
})

/** Below the bar, where an anchor comes to rest; the last one of a page may come to rest lower. */
async function isAtTop(page: Page, id: string): Promise<void> {
  await comesTrue(
    page,
    `#${id} at the top`,
    `(() => {
    const top = document.getElementById('${id}')?.getBoundingClientRect().top
    const isEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2
    return top !== undefined && top >= 56 && (top < 110 || (isEnd && top < innerHeight))
  })()`,
  )
}

/** The page itself may not evaluate text, so that it cannot be told to wait for a condition. */
async function comesTrue(page: Page, what: string, condition: string): Promise<void> {
  await until(what, async () => (await page.evaluate(condition)) || undefined)
}
