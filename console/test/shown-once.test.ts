import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

suite('a secret that is shown once', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  let number = 0
  /** By links, so that Back stays within the page. */
  const place = (page: Page, name: string) =>
    page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name }).click()

  const ways: Record<string, (page: Page) => Promise<void>> = {
    'a new key': async (page) => {
      await place(page, 'API Credentials')
      await page.getByRole('link', { name: 'Generate New API Key' }).first().click()
      await page.getByLabel('Name', { exact: true }).fill('My program')
      await page.getByRole('button', { name: 'Generate key' }).click()
    },
    'a rotated key': async (page) => {
      const name = `Old ${++number}`
      await server.call('POST', '/api/v1/credentials', { name, scopes: ['read'] })
      await place(page, 'API Credentials')
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('button', { name: 'Rotate secret' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click()
    },
    'a new webhook': async (page) => {
      await place(page, 'Webhooks')
      await page.getByRole('link', { name: 'Add Webhook' }).first().click()
      await page.getByLabel('Destination URL').fill('http://127.0.0.1:9/hook')
      await page.getByRole('checkbox', { name: 'document.published' }).check()
      await page.getByRole('button', { name: 'Add webhook' }).click()
    },
    'the new secret of a webhook': async (page) => {
      const url = `http://127.0.0.1:9/${++number}`
      await server.call('POST', '/api/v1/webhooks', { url, events: ['user.created'] })
      await place(page, 'Webhooks')
      await page.getByRole('link', { name: url, exact: true }).click()
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Rotate secret' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click()
    },
  }

  for (const [name, show] of Object.entries(ways)) {
    test(`${name} is not lost by a link, by Back, or by closing the tab`, async () => {
      const visitor = await signIn(browser, server)
      const { page } = visitor
      await show(page)
      const stored = page.getByRole('button', { name: 'I have stored it' })
      await stored.waitFor()
      const secret = page.locator('.shown code').last()
      const text = await secret.innerText()
      const question = page.getByRole('dialog', { name: 'Leave without the secret?' })
      const stay = question.getByRole('button', { name: 'Stay here' })
      await page.getByRole('link', { name: 'Users', exact: true }).click()
      await stay.click()
      await page.goBack()
      await stay.click()
      await question.waitFor({ state: 'hidden' })
      const asked = page.waitForEvent('dialog')
      const closing = page.close({ runBeforeUnload: true })
      await (await asked).dismiss()
      await closing
      assert.equal(await secret.innerText(), text)

      await page.getByRole('link', { name: 'Guides' }).click()
      await question.getByRole('button', { name: 'Leave this page' }).click()
      await page.waitForURL('**/docs/quick-start')
      visitor.assertNothingWrong()
      await visitor.context.close()
    })
  }

  test('who has stored it is not asked', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    for (const show of Object.values(ways)) {
      await show(page)
      await page.getByRole('button', { name: 'I have stored it' }).click()
      await page.getByRole('button', { name: /^(Revoke|Send test)$/ }).waitFor()
      await page.getByRole('link', { name: 'Users', exact: true }).click()
      await page.waitForURL('**/console/users')
    }
    visitor.assertNothingWrong()
    await visitor.context.close()
  })
})
