import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { visit } from './visitor.ts'

const guide = '/docs/users'

suite('samples in several languages', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()

  test('a choice holds for the whole page, and for pages that are opened afterwards', async () => {
    const { page, assertNothingWrong } = await visit(browser, server.url)
    await page.goto(guide)
    await page.getByRole('tab').first().waitFor()
    assert.deepEqual(await openTabs(page), ['curl'])
    await page.getByRole('tab', { name: 'JavaScript' }).nth(2).click()
    assert.deepEqual(await openTabs(page), ['JavaScript'])
    await page.reload()
    await page.getByRole('tab').first().waitFor()
    assert.deepEqual(await openTabs(page), ['JavaScript'])
    const panel = page.getByRole('tabpanel').first()
    assert.ok((await panel.textContent())?.includes(`baseUrl: '${server.url}'`))
    assert.equal(await page.getByRole('tabpanel').count(), await page.getByRole('tablist').count())
    assertNothingWrong()
  })

  test('the visible text stays in place when tab groups above it change their height', async () => {
    const { page } = await visit(browser, server.url)
    await page.goto(guide)
    const tab = page.getByRole('tab', { name: 'JavaScript' }).last()
    await tab.scrollIntoViewIfNeeded()
    const before = await tab.boundingBox()
    await tab.click()
    const after = await tab.boundingBox()
    assert.ok(before && after && Math.abs(before.y - after.y) < 2, `${before?.y} became ${after?.y}`)
  })

  test('by keyboard: Tab comes to the open one, arrows go round, Home and End to the ends', async () => {
    const { page, assertNothingWrong } = await visit(browser, server.url)
    await page.goto(guide)
    const first = page.getByRole('tablist').first()
    const focused = () => page.evaluate('document.activeElement.textContent')
    await first.getByRole('tab', { name: 'curl' }).focus()
    for (const [key, name] of [
      ['ArrowRight', 'JavaScript'],
      ['ArrowRight', 'Python'],
      ['End', 'PHP'],
      ['ArrowRight', 'curl'],
      ['ArrowLeft', 'PHP'],
      ['Home', 'curl'],
      ['End', 'PHP'],
    ] as const) {
      await page.keyboard.press(key)
      assert.equal(await focused(), name, key)
      assert.deepEqual(await openTabs(page), [name], key)
    }
    // The other tabs are no stops: next is the code of the one that is open.
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'PRE')
    await page.keyboard.press('Shift+Tab')
    assert.equal(await focused(), 'PHP')
    assertNothingWrong()
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`they are accessible, ${theme}, and fit a narrow page`, async () => {
      const { page, assertNothingWrong } = await visit(browser, server.url, { theme, width: 390 })
      await page.goto(guide)
      await page.getByRole('tab').first().waitFor()
      await assertAccessible(page)
      await page.getByRole('tab', { name: 'JavaScript' }).first().click()
      await assertAccessible(page)
      assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 390)
      assertNothingWrong()
    })
  }
})

/** The labels that are chosen anywhere on the page. */
async function openTabs(page: Page): Promise<string[]> {
  const labels = await page.getByRole('tab', { selected: true }).allTextContents()
  assert.ok(labels.length > 5)
  return [...new Set(labels)]
}
