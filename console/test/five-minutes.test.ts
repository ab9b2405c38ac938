import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { install } from '../../server/test/product-process.ts'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { password } from './console-server.ts'
import { visit } from './visitor.ts'

/** How far it is to a webhook whose signature is verified, on a server with default settings. */
const clicksMax = 10
const wordsMax = 600

const title = `a verified webhook is at most ${clicksMax} clicks and ${wordsMax} words away`

if (skip) test(title, { skip }, () => {})
else await testFiveMinutes()

async function testFiveMinutes(): Promise<void> {
  const installation = await install()
  const serving = await installation.serve()
  const setupPath = await until('the setup link', () => /\/setup#token=\S+/.exec(serving.stderr())?.[0])
  const browser = await startChromium()

  test(`${title}, from the link that the first start prints`, async (t) => {
    const visitor = await visit(browser, installation.url, { height: 800 })
    const { page } = visitor
    const way = follow(page)
    await page.goto(setupPath)
    await page.getByLabel('Email').fill('admin@example.org')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await way.click(page.getByRole('button', { name: 'Create administrator', exact: true }))
    await page.getByRole('heading', { name: 'Welcome, admin', exact: true }).waitFor()
    await toVerifiedWebhook(page, way)
    t.diagnostic(way.figures())
    way.assertShort()
    visitor.assertNothingWrong()
  })

  test(`${title}, from the start page`, async (t) => {
    const visitor = await visit(browser, installation.url, { height: 800 })
    const { page } = visitor
    const way = follow(page)
    await page.goto('/')
    await way.click(page.getByRole('link', { name: 'Sign in', exact: true }).first())
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await way.click(page.getByRole('button', { name: 'Sign in', exact: true }))
    await page.getByRole('heading', { name: 'Welcome, admin', exact: true }).waitFor()
    await toVerifiedWebhook(page, way)
    t.diagnostic(way.figures())
    way.assertShort()
    visitor.assertNothingWrong()
  })
}

async function toVerifiedWebhook(page: Page, way: Way): Promise<void> {
  await way.click(page.getByRole('link', { name: 'Webhooks', exact: true }).first())
  await way.click(page.getByRole('button', { name: 'Send to the test receiver', exact: true }))
  await way.click(page.getByRole('button', { name: 'Send a test event', exact: true }))
  await page.getByText('signature verified', { exact: true }).waitFor()
  await way.read()
}

type Way = ReturnType<typeof follow>

/** Counts clicks, and the words on the screens before them; a screen that is seen twice counts with its longer state. */
function follow(page: Page) {
  let clicks = 0
  const screens = new Map<string, number>()
  const total = () => [...screens.values()].reduce((sum, words) => sum + words, 0)
  const read = async () => {
    // All of the screen is there: its data has been fetched.
    await page.waitForLoadState('networkidle')
    const path = new URL(page.url()).pathname
    screens.set(path, Math.max(await wordsOnScreen(page), screens.get(path) ?? 0))
  }
  const figures = () => {
    const each = [...screens].map(([path, words]) => `${path} ${words}`).join(', ')
    return `${clicks} clicks and ${total()} words: ${each}`
  }
  return {
    read,
    figures,
    async click(target: Locator) {
      await target.waitFor()
      await read()
      await target.click()
      clicks++
    },
    assertShort() {
      assert.ok(clicks <= clicksMax && total() <= wordsMax, figures())
      assert.ok(clicks > 3 && total() > 100, `not all was counted: ${figures()}`)
    },
  }
}

/** Of the texts that are in view, without scrolling. */
function wordsOnScreen(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    let words = 0
    while (texts.nextNode()) {
      const { currentNode: text } = texts
      if (!text.parentElement.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      const range = document.createRange()
      range.selectNodeContents(text)
      const { top, bottom, width, height } = range.getBoundingClientRect()
      if (width > 1 && height > 1 && bottom > 0 && top < innerHeight) words += text.data.match(/\\S+/g)?.length ?? 0
    }
    return words
  })()`)
}
