import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startReceiver } from '../../server/test/receiver.ts'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { assertLooks } from './looks.ts'
import { signIn } from './people.ts'

suite('the overview', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const grace = await server.user('developer', 'grace')
  await server.user('editor', 'johndoe')
  await server.user('normal', 'newuser')

  const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
  /** A number of a part, by what stands below it. */
  const figure = (page: Page, name: string, label: string) =>
    part(page, name)
      .locator('.figures > div')
      .filter({ has: page.locator('dt').getByText(label, { exact: true }) })
      .locator('dd')
  const figureBecomes = (page: Page, name: string, label: string, wanted: string[]) =>
    until(`${label} to be ${wanted.join(', ')}`, async () => {
      const found = await figure(page, name, label).allInnerTexts()
      return found.join() === wanted.join() || undefined
    })

  test('a newcomer is led to the first call and the first webhook, and the figures follow what programs do', async () => {
    const visitor = await signIn(browser, server, 'grace')
    const { page } = visitor
    await page.getByRole('heading', { name: 'First steps' }).waitFor()
    await page.getByText('No program called in the last hour.').waitFor()
    await page.getByText('Nothing was sent in the last 24 hours.').waitFor()

    const { body: key } = await server.call('POST', '/api/v1/credentials', {
      name: 'Payroll export',
      scopes: ['documents:read'],
      owner_id: grace.id,
    })
    for (const id of [1, 2, 3, 4, 5, 'none']) {
      const path = id === 'none' ? '/api/v1/documents/4711' : '/api/v1/documents'
      await fetch(server.url + path, { headers: { 'x-api-key': key.client_secret } })
    }
    const calls = 'Your API calls'
    await figureBecomes(page, calls, 'requests a minute', ['0.1', '6 in all'])
    await figureBecomes(page, calls, 'errors', ['17 %', '1 of 6'])
    await figureBecomes(page, calls, 'rate-limited', ['0 %', '0 of 6'])
    await page
      .getByRole('img', {
        name: '6 requests, 1 failed, 0 over the rate limit in the last hour',
      })
      .waitFor()
    await part(page, calls).getByText('As a table').click()
    const rows = part(page, calls).getByRole('table').getByRole('row')
    await rows.nth(1).waitFor()
    const counted = (await rows.allInnerTexts()).slice(1).map((text) => text.split('\t').slice(1).map(Number))
    assert.deepEqual(
      counted.reduce(([a = 0, b = 0], [c = 0, d = 0]) => [a + c, b + d]),
      [6, 1],
    )
    await part(page, calls).getByText('30 days').click()
    await figureBecomes(page, calls, 'requests a minute', ['< 0.1', '6 in all'])
    visitor.assertNothingWrong()
  })

  test('attempts of webhooks are charted by outcome, and a failing receiver is flagged', async () => {
    const good = await startReceiver()
    const bad = await startReceiver(410)
    const visitor = await signIn(browser, server, 'grace')
    const { page } = visitor
    const events = ['document.published']
    for (const { url } of [good, bad])
      await server.call('POST', '/api/v1/webhooks', { url, events, owner_id: grace.id })
    await server.call('POST', '/api/v1/documents', { title: 'New Policy', status: 'published' })
    await figureBecomes(page, 'Your webhooks', 'succeeded', ['50 %', '1 of 2 attempts'])
    await figureBecomes(page, 'Your webhooks', 'delivery given up', ['1'])
    await page.getByRole('link', { name: bad.url }).waitFor()
    await page.getByText('is disabled: its receiver is gone').waitFor()
    await page.getByRole('link', { name: bad.url }).click()

    await page.getByRole('heading', { name: 'Attempts over time' }).waitFor()
    const drawn = (name: string) => page.getByRole('img', { name, exact: true }).waitFor()
    await drawn('1 attempt, 1 failed, 1 delivery given up in the last 24 hours')
    const id = new URL(page.url()).pathname.split('/').at(-1)
    await server.call('POST', `/api/v1/webhooks/${id}/test`)
    await drawn('2 attempts, 2 failed, 2 deliveries given up in the last 24 hours')
    visitor.assertNothingWrong()
  })

  test('what happens is told at once, with the way to it', async () => {
    const visitor = await signIn(browser, server, 'grace')
    const { page } = visitor
    await part(page, 'Recent events').getByText('document.published').waitFor()
    await server.call('POST', '/api/v1/documents', { title: 'Breaking news' })
    await part(page, 'Recent events').getByRole('link', { name: 'Breaking news', exact: true }).click()
    await page.getByRole('heading', { name: 'Breaking news' }).waitFor()
    visitor.assertNothingWrong()
  })

  test('a key that expires soon is flagged, however many were created after it', async () => {
    const expires_at = new Date(Date.now() + 3 * 86_400_000).toISOString()
    await server.call('POST', '/api/v1/credentials', { name: 'Old website', scopes: ['read'], expires_at })
    for (let n = 1; n <= 100; n++)
      await server.call('POST', '/api/v1/credentials', { name: `Till ${n}`, scopes: ['read'] })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.getByRole('status').getByRole('link', { name: 'Old website' }).waitFor()
    await page.getByText('expires in 3 days').waitFor()
    visitor.assertNothingWrong()
  })

  test('an administrator sees what all programs do and all webhooks', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await figure(page, 'API calls', 'requests a minute').first().waitFor()
    const inAll = await figure(page, 'API calls', 'requests a minute').nth(1).innerText()
    assert.ok(Number.parseInt(inAll, 10) > 6, inAll)
    await figureBecomes(page, 'Webhooks', 'succeeded', ['33 %', '1 of 3 attempts'])
    assert.equal(await page.getByRole('heading', { name: 'First steps' }).count(), 0)
    visitor.assertNothingWrong()
  })

  for (const username of ['johndoe', 'newuser']) {
    test(`${username}, whose role opens documents, sees what changed last and nothing else`, async () => {
      const visitor = await signIn(browser, server, username)
      const { page } = visitor
      await part(page, 'Recently changed').getByRole('link', { name: 'New Policy' }).waitFor()
      assert.deepEqual(await page.getByRole('main').getByRole('heading', { level: 2 }).allInnerTexts(), [
        'Recently changed',
        'Where to go',
      ])
      visitor.assertNothingWrong()
    })
  }

  for (const theme of ['light', 'dark'] as const) {
    test(`it is accessible and fits every width for each role, ${theme}`, async () => {
      for (const username of ['admin', 'grace', 'johndoe', 'newuser']) {
        const visitor = await signIn(browser, server, username, { theme })
        const { page } = visitor
        await page.waitForLoadState('networkidle')
        if (username === 'admin') await part(page, 'API calls').getByText('As a table').click()
        await assertLooks(page, `overview-${username}-${theme}`)
        if (username === 'grace') {
          await page.goto('/console/developer/webhooks/2')
          await page.locator('.bars svg').waitFor()
          await assertLooks(page, `webhook-chart-${theme}`)
        }
        visitor.assertNothingWrong()
        await visitor.context.close()
      }
    })
  }
})
