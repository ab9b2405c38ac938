import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { until } from '../../server/test/until.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seed } from './seed.ts'
import type { Visitor } from './visitor.ts'

/** Every page of the console, with enough in it that nothing is empty. */
const paths = [
  '/console',
  '/console/users',
  '/console/users?q=nobody',
  '/console/users/2',
  '/console/users/2/edit',
  '/console/users/new',
  '/console/users/trash',
  '/console/documents',
  '/console/documents?status=archived',
  '/console/documents/1',
  '/console/documents/1/revisions',
  '/console/documents/1/revisions/1',
  '/console/documents/new',
  '/console/documents/1/edit',
  '/console/documents/trash',
  '/console/developer/credentials',
  '/console/developer/credentials/2',
  '/console/developer/credentials/2/edit',
  '/console/developer/credentials/new',
  '/console/developer/webhooks',
  '/console/developer/webhooks/1',
  '/console/developer/webhooks/2',
  '/console/developer/webhooks/1/edit',
  '/console/developer/webhooks/new',
  '/console/developer/deliveries/1',
  '/console/developer/events',
  '/console/audit',
  '/console/account',
  '/console/nothing',
]

const widths = [390, 800, 1600]
const themes = ['light', 'dark'] as const
const folder = join(import.meta.dirname, '../screenshots')

if (skip) test('every page of the console', { skip }, () => {})
else await testPages()

async function testPages(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const server = await startConsole()
  await seed(server)
  const browser = await startChromium()
  const visitors: Record<(typeof themes)[number], Visitor> = {
    light: await signIn(browser, server, 'admin', { theme: 'light' }),
    dark: await signIn(browser, server, 'admin', { theme: 'dark' }),
  }

  for (const path of paths) {
    for (const theme of themes) {
      test(`${path} is accessible, ${theme}, and fits every width`, async () => {
        const { page, assertNothingWrong } = visitors[theme]
        await page.goto(path)
        await settled(page)
        for (const width of widths) {
          await page.setViewportSize({ width, height: 900 })
          const name = `${path.slice(1).replace(/\W+/g, '-')}-${width}-${theme}.png`
          await page.screenshot({ path: join(folder, name), fullPage: true })
          const needed = await page.evaluate('document.documentElement.scrollWidth')
          assert.ok(Number(needed) <= width, `${path} needs ${needed} px where it has ${width}`)
          // What differs between the two wide ones is the room, not what is there.
          if (width !== 800) await assertAccessible(page)
        }
        assertNothingWrong()
      })
    }
  }
}

async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await until(
    'everything to be loaded',
    async () => (await page.locator('.mantine-Loader-root').count()) === 0 || undefined,
  )
  // Live pages ask every few seconds, so that the network is never idle for long.
  await page.waitForLoadState('networkidle')
}
