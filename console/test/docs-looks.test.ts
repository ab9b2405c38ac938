import { suite, test } from 'node:test'
import { chapters, pathOf } from '../src/docs/chapters.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { testOnce, themes } from './fonts.ts'
import { assertLooks, picture } from './looks.ts'
import { visit } from './visitor.ts'

const guides = chapters.flatMap(({ entries }) => entries.filter((entry) => typeof entry === 'string'))
const texts = [...guides.map(pathOf), '/docs/nothing']
const paths = [
  ...texts,
  '/sign-in',
  '/sign-in?next=%2Fconsole&ended=yes',
  '/setup#token=none',
  '/docs/reference',
  '/docs/reference/changeUsers',
  '/docs/reference/listDocuments',
]

suite('the documentation, as it looks to a guest', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()

  for (const theme of themes) {
    const reader = await visit(browser, server.url, { theme })
    reader.expect(/404 .*\/docs\/nothing$|responded with a status of 404/)
    for (const path of paths) {
      test(`${path} is accessible, ${theme}, and fits every width`, async () => {
        const { page, assertNothingWrong } = reader
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        // Pages of text are complete by then.
        if (!texts.includes(path)) await page.waitForLoadState('networkidle')
        await assertLooks(page, `docs-${path.slice(1).replace(/\W+/g, '-')}-${theme}`)
        assertNothingWrong()
      })
    }

    testOnce(`the search is accessible, ${theme}`, async () => {
      const { page, assertNothingWrong } = await visit(browser, server.url, { theme })
      await page.goto('/')
      await page.getByRole('button', { name: 'Search the documentation' }).click()
      await page.getByRole('combobox').fill('rate limit')
      await page.getByRole('option').first().waitFor()
      await picture(page, `docs-search-1280-${theme}`)
      await assertAccessible(page)
      assertNothingWrong()
    })

    testOnce(`an answer to a call that was tried is accessible, ${theme}`, async () => {
      const visitor = await visit(browser, server.url, { theme, width: 1600 })
      visitor.expect(/401/)
      const { page } = visitor
      await page.goto('/docs/reference/listDocuments')
      await page.getByRole('button', { name: 'Write a request' }).click()
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.locator('.received').waitFor()
      await picture(page, `docs-tried-1600-${theme}`)
      await assertAccessible(page)
      visitor.assertNothingWrong()
    })
  }
})
