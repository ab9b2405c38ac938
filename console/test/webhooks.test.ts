import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole, startReceiver } from './console-server.ts'
import { signIn } from './people.ts'

if (skip) test('webhooks in the console', { skip }, () => {})
else await testWebhooks()

async function testWebhooks(): Promise<void> {
  const server = await startConsole()
  await server.user('admin', 'admin')
  const browser = await startChromium()

  test('Admin > Developer > Webhooks > Add Webhook: a signed event arrives, and its delivery can be looked into', async () => {
    const receiver = await startReceiver()
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Webhooks' }).click()
    await page.getByRole('link', { name: 'Add Webhook' }).first().click()
    await page.getByLabel('Destination URL').fill(receiver.url)
    await page.getByRole('checkbox', { name: 'document.published' }).check()
    await page.getByRole('button', { name: 'Sample of document.published' }).click()
    await page.getByText('"document.published"').waitFor()
    await page.getByRole('button', { name: 'Add webhook' }).click()
    const secret = await page.locator('.shown code').innerText()
    await page.getByRole('button', { name: 'I have stored it' }).click()

    await page.getByRole('button', { name: 'Send test' }).click()
    await page.getByRole('heading', { name: 'Delivery of ping' }).waitFor()
    await page.getByText('answered 200').waitFor()
    await page.getByText('thank you').waitFor()
    const [first] = receiver.received
    assert.ok(first)
    assert.equal(
      first.headers['x-webhook-signature'],
      createHmac('sha256', secret).update(first.body).digest('hex'),
    )
    assert.equal(await page.getByText('sent again').count(), 0)

    await server.call('POST', '/api/v1/documents', {
      title: 'New Policy',
      category: 'policies',
      status: 'published',
    })
    await page.getByRole('link', { name: /^Webhook \d/ }).click()
    await page.getByRole('link', { name: 'document.published' }).click()
    await page.getByRole('button', { name: 'Resend' }).click()
    await page.getByText('sent again').waitFor()
    await until('the event to arrive twice', () => receiver.received.length >= 3 || undefined)
    assert.equal(receiver.received[1]?.body, receiver.received[2]?.body)
    visitor.assertNothingWrong()
  })

  test('a receiver that fails is seen at a glance, can be paused, and what failed is sent again', async () => {
    const receiver = await startReceiver(410)
    const { body: webhook } = await server.call('POST', '/api/v1/webhooks', {
      url: receiver.url,
      events: ['user.created'],
    })
    await server.user('normal', 'somebody')
    await until('the event to arrive', () => receiver.received.length > 0 || undefined)
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/developer/webhooks/${webhook.id}`)
    await page.getByText('the receiver answered 410 Gone').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Recover since…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Recover' }).click()
    await page
      .getByText(/sent again|tried now/)
      .first()
      .waitFor()
    visitor.assertNothingWrong()
  })

  test('the filters of the deliveries stand in the address', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/developer/webhooks/1')
    await page.getByRole('link', { name: 'document.published' }).first().waitFor()
    await page.getByLabel('Event', { exact: true }).selectOption('ping')
    await page.waitForURL(/event_type=ping/)
    await until(
      'only pings',
      async () =>
        (await page.getByRole('table').getByRole('link', { name: 'document.published' }).count()) === 0 ||
        undefined,
    )
    await page.goBack()
    await page.getByRole('link', { name: 'document.published' }).first().waitFor()
    await page.goto('/console/developer/webhooks/1?status=failed')
    await page.getByText('Nothing matches').waitFor()
    visitor.assertNothingWrong()
  })
}
