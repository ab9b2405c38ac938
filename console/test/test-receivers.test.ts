import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { assertLooks } from './looks.ts'
import { signIn } from './people.ts'

if (skip) test('test receivers in the console', { skip }, () => {})
else await testReceivers()

async function testReceivers(): Promise<void> {
  const server = await startConsole()
  await server.user('admin', 'admin')
  const browser = await startChromium()

  test('a webhook is tried in two clicks, without a program, and looks as it should', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const { page, assertNothingWrong } = await signIn(browser, server, 'admin', { theme })
      const button = (name: string) => page.getByRole('button', { name, exact: true })
      await page.goto('/console/developer/webhooks')
      await button('Send to the test receiver').click()
      await page.getByRole('heading', { name: 'Test receiver', exact: true }).waitFor()
      await page.getByText('Nothing has arrived yet', { exact: true }).waitFor()
      await button('Send a test event').click()
      await page.getByText('signature verified', { exact: true }).waitFor()
      const headers = await page.getByRole('region', { name: 'the headers' }).innerText()
      assert.match(headers, /webhook-signature: v1,/)
      assert.match(headers, /X-Webhook-Signature: /)
      const isCut = await page
        .getByRole('region', { name: 'the headers' })
        .locator('pre')
        .evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      assert.equal(isCut, false, 'the signature is shown whole')
      const body = await page.getByRole('region', { name: 'the body' }).innerText()
      assert.match(body, /"event": "ping"/)
      const request = await fetch(await page.locator('dd .mono').first().innerText(), { method: 'POST' })
      assert.equal(request.status, 401)
      await page.getByText('not verified', { exact: true }).waitFor()
      await assertLooks(page, `test-receiver-${theme}`)
      await button('Delete').click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.getByRole('heading', { name: 'Webhooks', exact: true }).waitFor()
      const { body: left } = await server.call('GET', '/api/v1/webhooks')
      assert.equal(left.meta.total_count, 0)
      assertNothingWrong()
    }
  })

  test('who adds a webhook without a receiver takes a test receiver, and sees there what arrives', async () => {
    const { page, assertNothingWrong } = await signIn(browser, server, 'admin')
    await page.goto('/console/developer/webhooks/new')
    await page.getByRole('button', { name: 'Use a test receiver' }).click()
    await until(
      'the URL of the receiver',
      async () =>
        (await page.getByLabel('Destination URL').inputValue()).includes('/test-receiver/') || undefined,
    )
    await page.getByRole('checkbox', { name: 'document.published' }).check()
    await page.getByRole('button', { name: 'Add webhook' }).click()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByRole('link', { name: 'Test receiver', exact: true }).click()
    await page.getByRole('button', { name: 'Send a test event', exact: true }).click()
    await page.getByText('signature verified', { exact: true }).waitFor()
    assertNothingWrong()
  })
}
