import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { type ConsoleServer, startConsole } from './console-server.ts'
import { testOnce, themes } from './fonts.ts'
import { assertLooks } from './looks.ts'
import { consolePaths } from './paths.ts'
import { requestKey, signIn } from './people.ts'
import { seed } from './seed.ts'
import { settled } from './settled.ts'
import { assertStill, watchShifts } from './shifts.ts'
import type { Visitor } from './visitor.ts'

/** The widths at which pages are loaded; colours move nothing, so that each theme takes one. */
const loadedAt = { light: 390, dark: 1280 }

/** What explains itself, or is nowhere. */
const withoutGuide = ['/console/nothing']

/** @returns the page of an erasure that waits */
async function requestErasure({ call, user }: ConsoleServer): Promise<string> {
  const { id } = await user('normal', 'leaver')
  await call('POST', `/api/v1/users/${id}/erase`, { username: 'leaver' })
  return `/console/users/${id}/erasure`
}

if (skip) test('every page of the console', { skip }, () => {})
else await testPages()

async function testPages(): Promise<void> {
  const server = await startConsole()
  await seed(server)
  const paths = [...consolePaths, await requestErasure(server)]
  const browser = await startChromium()
  const visitors: Record<'light' | 'dark', Visitor> = {
    light: await signIn(browser, server, 'admin', { theme: 'light' }),
    dark: await signIn(browser, server, 'admin', { theme: 'dark' }),
  }

  await requestKey(visitors.light.context)

  for (const { context } of Object.values(visitors)) await watchShifts(context)
  for (const path of paths) {
    for (const theme of themes) {
      test(`${path} stays still while it loads, is accessible, ${theme}, and fits every width`, async () => {
        const { page, assertNothingWrong } = visitors[theme]
        await page.setViewportSize({ width: loadedAt[theme], height: 900 })
        await page.goto(path)
        await settled(page)
        await assertStill(page)
        await assertLooks(page, `${path.slice(1).replace(/\W+/g, '-')}-${theme}`)
        assertNothingWrong()
      })
    }
  }

  for (const theme of themes) {
    test(`what is shown once, and what asks before something is lost, looks as it should, ${theme}`, async () => {
      const { page, assertNothingWrong } = visitors[theme]
      const button = (name: string) => page.getByRole('button', { name, exact: true })
      await page.goto('/console/developer/credentials/new')
      await page.getByLabel('Name').fill('A key to look at')
      await button('Cancel').click()
      await page.getByRole('dialog').waitFor()
      await assertLooks(page, `leaving-${theme}`)
      await button('Stay here').click()
      await button('Generate key').click()
      for (const name of ['PHP', 'curl']) {
        await page.getByRole('tab', { name }).click()
        await assertLooks(page, `key-shown-${name}-${theme}`)
      }
      await button('I have stored it').click()
      await button('Rotate secret').click()
      await page.getByRole('dialog').waitFor()
      await assertLooks(page, `key-rotating-${theme}`)

      await page.goto('/console/developer/webhooks/1')
      await button('More').click()
      await page.getByRole('menuitem', { name: /Rotate secret/ }).click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /Rotate/ })
        .click()
      await button('I have stored it').waitFor()
      await assertLooks(page, `webhook-secret-shown-${theme}`)
      assertNothingWrong()
    })
  }

  testOnce('the ? of every page leads to the part of a guide that explains it', async () => {
    const { page, assertNothingWrong } = visitors.light
    const places = new Set<string>()
    for (const path of paths.filter((path) => !withoutGuide.includes(path))) {
      await page.goto(path)
      await settled(page)
      const help = page.getByRole('link', { name: /^Guide: / })
      assert.equal(await help.count(), 1, path)
      places.add((await help.getAttribute('href')) ?? '')
    }
    for (const place of places) {
      await page.goto(place)
      const [guide = place, part] = place.split('#')
      await page.getByRole('heading', { level: 1 }).waitFor()
      assert.equal(await page.getByText('There is no such page').count(), 0, guide)
      if (part) await page.locator(`[id="${part}"]`).waitFor()
    }
    assertNothingWrong()
  })

  testOnce('times are local, with the instant in UTC on hover', async () => {
    const { page, assertNothingWrong } = visitors.light
    await page.goto('/console/users/2')
    const time = page.getByText('Created').locator('+ dd time')
    const { body } = await server.call('GET', '/api/v1/users/2')
    assert.equal(await time.getAttribute('title'), body.created_at)
    const local = new Intl.DateTimeFormat('en-GB', {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: 'Europe/Berlin',
    })
    assert.equal(await time.innerText(), local.format(new Date(body.created_at)))
    assertNothingWrong()
  })
}
