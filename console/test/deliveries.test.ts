import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Locator } from 'playwright-core'
import { startReceiver } from '../../server/test/receiver.ts'
import { until } from '../../server/test/until.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

suite('what waits to be sent', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const receiver = await startReceiver(500)
  const { body: webhook } = await server.call('POST', '/api/v1/webhooks', {
    url: receiver.url,
    events: ['document.created'],
    concurrency: 1,
  })
  const path = `/api/v1/webhooks/${webhook.id}`
  const items = Array.from({ length: 12 }, (_, i) => ({ action: 'create', data: { title: `Paper ${i}` } }))
  await server.call('POST', '/api/v1/documents/batch', { items })
  await until(
    'the circuit to open',
    async () => (await server.call('GET', path)).body.health.circuit === 'open' || undefined,
  )
  const { body: pending } = await server.call('GET', `${path}/deliveries?status=pending&sort=created_at`)
  const due = pending.data.find(
    ({ next_attempt_at: at, attempts }: { next_attempt_at: string; attempts: number }) =>
      attempts === 0 && Date.parse(at) <= Date.now(),
  )

  test('while a receiver is given a rest, the webhook, its list and a delivery say until when and why', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/developer/webhooks/${webhook.id}`)
    const reason = /Held until (\d+ \w+,? (at )?)?\d\d:\d\d, \d+ failures in a row/
    const health = /Held back until (\d+ \w+,? (at )?)?\d\d:\d\d, after \d+ failures in a row\./
    await page.locator('.facts').getByText(health).waitFor()
    await page.getByRole('cell', { name: reason }).first().waitFor()
    for (const width of [1280, 1600]) {
      await page.setViewportSize({ width, height: 900 })
      await assertWhole(page.locator('td[data-label="Next attempt"]'), `deliveries at ${width} px`)
    }
    const dueAt = page.locator('td[data-label="Next attempt"]')
    assert.ok((await dueAt.count()) > 0)
    assert.equal(await dueAt.filter({ hasText: /just now|ago/ }).count(), 0)
    await page.goto('/console/developer/webhooks')
    await page.getByText(reason).waitFor()
    for (const width of [1280, 1600]) {
      await page.setViewportSize({ width, height: 900 })
      await assertWhole(page.locator('td[data-label="Health"]'), `webhooks at ${width} px`)
    }
    await page.goto(`/console/developer/deliveries/${due.id}`)
    await page.getByText('Next attempt').locator('+ dd', { hasText: reason }).waitFor()
    visitor.assertNothingWrong()
    await visitor.context.close()
  })

  test('nothing is promised for a webhook that is paused, or whose owner may not sign in', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await server.call('PATCH', path, { status: 'paused' })
    await until('the delivery to be held', async () => {
      const { body } = await server.call('GET', `/api/v1/deliveries/${due.id}`)
      return body.status === 'held' || undefined
    })
    await page.goto(`/console/developer/deliveries/${due.id}`)
    await page.getByText('the webhook is paused').waitFor()
    await page.goto(`/console/developer/webhooks/${webhook.id}`)
    await page
      .getByRole('cell', { name: /the webhook is paused/ })
      .first()
      .waitFor()
    const notice = page.getByRole('status').filter({ hasText: /deliver(y is|ies are) held/ })
    await notice.getByText('The webhook is paused. They are sent when the webhook is resumed.').waitFor()
    await assertAccessible(page)
    await notice.getByRole('link', { name: 'Show the held deliveries' }).click()
    await page.waitForURL(/status=held/)
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
    await page.getByRole('button', { name: 'Cancel selected', exact: true }).click()
    await page.getByText(/^\d+ deliver(y|ies) cancelled\.$/).waitFor()
    await page.goto(`/console/developer/webhooks/${webhook.id}?status=discarded`)
    await page.getByText('it was cancelled').first().waitFor()
    await page.goto(`/console/developer/webhooks/${webhook.id}?status=failed`)
    await server.call('PATCH', path, { status: 'active' })
    await notice.waitFor({ state: 'detached' })
    visitor.assertNothingWrong()
    await visitor.context.close()
  })
})

/** Nothing of the cells is cut off, and none reaches beyond the list. */
async function assertWhole(cells: Locator, where: string): Promise<void> {
  const cut = await cells.evaluateAll((all) =>
    all
      .filter(
        (cell) =>
          cell.scrollWidth > cell.clientWidth ||
          cell.getBoundingClientRect().right >
            (cell.closest('.list-frame')?.getBoundingClientRect().right ?? 0),
      )
      .map((cell) => cell.innerText),
  )
  assert.deepEqual(cut, [], where)
}
