import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { chapters, pathOf } from '../src/docs/chapters.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { visit } from './visitor.ts'

const guides = chapters.flatMap(({ entries }) => entries.filter((entry) => typeof entry === 'string'))
const paths = [
  ...guides.map(pathOf),
  '/docs/nothing',
  '/sign-in',
  '/sign-in?next=%2Fconsole&ended=yes',
  '/setup#token=none',
  '/docs/reference',
  '/docs/reference/changeUsers',
  '/docs/reference/listDocuments',
]
const widths = [390, 800, 1600]
const folder = join(import.meta.dirname, '../screenshots')

suite('the documentation, as it looks to a guest', { skip }, async () => {
  if (skip) return
  mkdirSync(folder, { recursive: true })
  const server = await startConsole()
  const browser = await startChromium()

  for (const theme of ['light', 'dark'] as const) {
    for (const path of paths) {
      test(`${path} is accessible, ${theme}, and fits every width`, async () => {
        const { page, context, assertNothingWrong } = await visit(browser, server.url, { theme })
        await page.emulateMedia({ reducedMotion: 'reduce' })
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.waitForLoadState('networkidle')
        for (const width of widths) {
          await page.setViewportSize({ width, height: 900 })
          const name = `docs-${path.slice(1).replace(/\W+/g, '-')}-${width}-${theme}.png`
          await page.screenshot({ path: join(folder, name), fullPage: true })
          const needed = Number(await page.evaluate('document.documentElement.scrollWidth'))
          assert.ok(needed <= width, `${path} needs ${needed} px where it has ${width}`)
          // What differs from the widest one is the room, not what is there.
          if (width !== 800) await assertAccessible(page)
        }
        assertNothingWrong()
        await context.close()
      })
    }

    test(`the search is accessible, ${theme}`, async () => {
      const { page, assertNothingWrong } = await visit(browser, server.url, { theme })
      await page.goto('/')
      await page.getByRole('button', { name: 'Search the documentation' }).click()
      await page.getByRole('combobox').fill('rate limit')
      await page.getByRole('option').first().waitFor()
      await page.screenshot({ path: join(folder, `docs-search-1280-${theme}.png`) })
      await assertAccessible(page)
      assertNothingWrong()
    })

    test(`an answer to a call that was tried is accessible, ${theme}`, async () => {
      const visitor = await visit(browser, server.url, { theme, width: 1600 })
      visitor.expect(/401/)
      const { page } = visitor
      await page.goto('/docs/reference/listDocuments')
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.locator('.received').waitFor()
      await page.screenshot({ path: join(folder, `docs-tried-1600-${theme}.png`), fullPage: true })
      await assertAccessible(page)
      visitor.assertNothingWrong()
    })
  }
})
