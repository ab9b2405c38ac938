import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Locator } from 'playwright-core'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { testOnce, themes } from './fonts.ts'
import { signIn } from './people.ts'
import { assertReachable } from './reach.ts'

const widths = [320, 390, 768, 1280, 1600]

suite('what the console says of what was done', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const create = async (fields: object): Promise<number> =>
    (await server.call('POST', '/api/v1/documents', fields)).body.id
  const versionOf = async (id: number) => (await server.call('GET', `/api/v1/documents/${id}`)).body.version

  for (const theme of themes) {
    test(`who has saved saves again at the same place, with the pointer left there, ${theme}`, async () => {
      const visitor = await signIn(browser, server, 'admin', { theme })
      const { page } = visitor
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 })
        const id = await create({ title: 'Minutes', status: 'published', content: 'One' })
        await page.goto(`/console/documents/${id}/edit`)
        const title = page.getByLabel('Title')
        const save = page.getByRole('button', { name: 'Save', exact: true })
        const heading = page.getByRole('heading', { level: 1 })
        await save.scrollIntoViewIfNeeded()
        const point = await middleOf(save)
        const top = await middleOf(heading)
        for (const version of [2, 3]) {
          await title.focus()
          await page.keyboard.type('!')
          await save.scrollIntoViewIfNeeded()
          await page.mouse.click(point.x, point.y)
          await page.getByText(`Saved as version ${version}.`).waitFor()
          assert.deepEqual(await middleOf(heading), top, `the notice moves the page at ${width} px`)
        }
        assert.equal(await versionOf(id), 3)
        assert.deepEqual(await middleOf(save), point, `Save moves at ${width} px`)
        await assertReachable(page, `after a save at ${width} px`)
      }
      visitor.assertNothingWrong()
      await visitor.context.close()
    })
  }

  testOnce('a saved form says so beside its button, until something else is typed', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/account')
    await page.getByLabel('First name').fill('Ada')
    await page.getByRole('button', { name: 'Save profile' }).click()
    const said = page.getByText('Your profile was saved.')
    await said.waitFor()
    await assertReachable(page, 'the account')
    await page.getByLabel('First name').fill('Adah')
    await said.waitFor({ state: 'detached' })
    visitor.assertNothingWrong()
    await visitor.context.close()
  })

  test('the way back lies over nothing, at any width and with any name, and goes by itself', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      // 300 characters without a place to break at.
      const title = `${width}${'Donaudampfschiff'.repeat(20)}`.slice(0, 300)
      const id = await create({ title })
      await page.goto(`/console/documents/${id}`)
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.clock.install()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.waitForURL('**/console/documents')
      const undo = page.getByRole('button', { name: 'Undo' })
      await undo.waitFor()
      await page.clock.runFor(1_000)
      await page.getByRole('link', { name: 'Trash' }).waitFor()
      await assertReachable(page, `with a notice at ${width} px`)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
      const top = await page.getByRole('heading', { level: 1 }).boundingBox()
      assert.ok(top && top.y < 250, `the notice leaves no room at ${width} px: ${top?.y}`)
      const point = await middleOf(undo)
      await page.mouse.move(point.x, point.y)
      await page.clock.fastForward(20_000)
      await undo.waitFor({ state: 'detached' })
    }
    visitor.assertNothingWrong()
    await visitor.context.close()
  })

  test('the switch Live stays where it is while events arrive, and can be hit', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    for (let i = 0; i < 30; i++) await create({ title: `Paper ${i}` })
    for (const width of widths) {
      await page.setViewportSize({ width, height: 600 })
      await page.goto('/console/developer/events')
      await page.locator('.event').nth(20).waitFor()
      await page.evaluate('window.scrollTo(0, 40)')
      const live = page.getByRole('switch', { name: 'Live' })
      const point = await middleOf(live)
      const id = await create({ title: 'News' })
      await until('the event', async () =>
        (await page.getByText(`document ${id}`, { exact: true }).count()) > 0 ? true : undefined,
      )
      assert.deepEqual(await middleOf(live), point, `at ${width} px`)
      await page.mouse.click(point.x, point.y)
      assert.equal(await live.isChecked(), false, `at ${width} px`)
      // Above the list and below it: wherever somebody reads, going to the switch brings it below the bar.
      await page.evaluate('window.scrollTo(0, document.body.scrollHeight)')
      await live.check()
      await assertReachable(page, `the events at ${width} px`)
    }
    visitor.assertNothingWrong()
    await visitor.context.close()
  })
})

async function middleOf(element: Locator): Promise<{ x: number; y: number }> {
  const box = await element.boundingBox()
  assert.ok(box)
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) }
}
