import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startReceiver } from '../../server/test/receiver.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

interface Action {
  name: string
  at: string
  act(page: Page): Promise<unknown>
  /** What is seen as long as the server has not answered. */
  seen(page: Page): Promise<unknown>
}

const loading = (page: Page, name: string) =>
  page.locator('button[data-loading]', { hasText: name }).last().waitFor()
const stale = (page: Page) => page.locator('table[aria-busy=true]').waitFor()

const actions: readonly Action[] = [
  {
    name: 'saving a form',
    at: '/console/documents/new',
    act: async (page) => {
      await page.getByLabel('Title').fill('Slow')
      await page.getByRole('button', { name: 'Save draft' }).click()
    },
    seen: (page) => loading(page, 'Save draft'),
  },
  {
    name: 'generating a key',
    at: '/console/developer/credentials/new',
    act: async (page) => {
      await page.getByLabel('Name').fill('Slow')
      await page.getByRole('button', { name: 'Generate key' }).click()
    },
    seen: (page) => loading(page, 'Generate key'),
  },
  {
    name: 'sending a test',
    at: '/console/developer/webhooks/1',
    act: (page) => page.getByRole('button', { name: 'Send test' }).click(),
    seen: (page) => loading(page, 'Send test'),
  },
  {
    name: 'agreeing in a dialog',
    at: '/console/users/2',
    act: async (page) => {
      await page.getByRole('button', { name: 'Suspend' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click()
    },
    seen: (page) => loading(page, 'Suspend'),
  },
  {
    name: 'filtering a list',
    at: '/console/documents',
    act: (page) => page.getByLabel('Status').selectOption('draft'),
    seen: stale,
  },
  {
    name: 'turning a page',
    at: '/console/users',
    act: (page) => page.getByRole('button', { name: 'Next' }).click(),
    seen: stale,
  },
  {
    name: 'opening another page',
    at: '/console/users',
    act: (page) => page.getByRole('link', { name: 'Audit log' }).click(),
    seen: (page) => page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor(),
  },
  {
    name: 'downloading',
    at: '/console/users',
    act: async (page) => {
      await page.getByRole('button', { name: 'Download' }).click()
      await page.getByRole('menuitem', { name: 'CSV' }).click()
    },
    seen: (page) => page.locator('button:disabled', { hasText: 'Download' }).waitFor(),
  },
]

/** The wait for the server is the only one that can be long; what is seen must not be behind it. */
suite('every action shows that it was taken before the server has answered', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await seedContent(server)
  const { url } = await startReceiver()
  await server.call('POST', '/api/v1/webhooks', { url, events: ['user.created'] })

  for (const { name, at, act, seen } of actions) {
    test(name, async () => {
      const { page, context, assertNothingWrong } = await signIn(browser, server)
      await page.goto(at)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      const held = Promise.withResolvers<void>()
      await page.route('**/api/v1/**', async (route) => {
        await held.promise
        await route.continue()
      })
      await act(page)
      await seen(page)
      assertNothingWrong()
      held.resolve()
      await page.unrouteAll({ behavior: 'wait' })
      await context.close()
    })
  }
})
