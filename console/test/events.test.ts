import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { testOnce, themes } from './fonts.ts'
import { assertLooks } from './looks.ts'
import { signIn } from './people.ts'

suite('the events page', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  await server.user('developer', 'grace')
  await server.user('editor', 'johndoe')
  await server.user('normal', 'newuser')
  const items = Array.from({ length: 70 }, (_, i) => ({
    action: 'create',
    data: { title: `Paper ${i + 1}` },
  }))
  await server.call('POST', '/api/v1/documents/batch?atomic=true', { items })

  testOnce(
    'the newest events are there with one request, and what happens then comes by itself',
    async () => {
      const visitor = await signIn(browser, server)
      const { page } = visitor
      const asked: string[] = []
      page.on('request', (request) => {
        if (new URL(request.url()).pathname === '/api/v1/events') asked.push(new URL(request.url()).search)
      })
      await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Events' }).click()
      const first = page.locator('.event').first()
      await first.waitFor()
      const before = asked.filter((search) => !search.includes('limit=8'))
      assert.equal(before[0], '?sort=-log&limit=50')
      assert.ok(
        before.slice(1).every((search) => /^\?after=\d+&limit=100$/.test(search)),
        before.join(' '),
      )
      assert.match(await first.innerText(), /document\.created\s+document 70\s+Paper 70/)
      assert.equal(await page.locator('.event').count(), 50)

      await server.call('POST', '/api/v1/documents', { title: 'News', status: 'published' })
      await until(
        'the newest event above',
        async () => /document\.published\s+document 71/.test(await first.innerText()) || undefined,
      )
      assert.equal(await page.locator('.event').count(), 52)
      await first.locator('summary').click()
      await first.getByText('"title": "News"').waitFor()
      await first.getByRole('link', { name: 'News' }).click()
      await page.getByRole('heading', { name: 'News' }).waitFor()
      visitor.assertNothingWrong()
    },
  )

  testOnce('a page that is not live stands still until it is live again', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/developer/events')
    const first = page.locator('.event').first()
    await first.waitFor()
    await page.getByRole('switch', { name: 'Live' }).uncheck()
    const { body } = await server.call('POST', '/api/v1/documents', { title: 'Unseen' })
    // What was under way when it was switched off may still arrive; a page that asks would within two seconds.
    await page.waitForLoadState('networkidle')
    assert.equal(await page.getByText(`document ${body.id}`, { exact: true }).count(), 0)
    await page.getByRole('switch', { name: 'Live' }).check()
    await page.getByText(`document ${body.id}`, { exact: true }).first().waitFor()
    visitor.assertNothingWrong()
  })

  testOnce(
    'older events have an address of their own, down to the oldest, and Back leads up again',
    async () => {
      const visitor = await signIn(browser, server, 'grace')
      const { page } = visitor
      const lineOf = (place: string) => page.locator('.event summary').getByText(place, { exact: true })
      await page.goto('/console/developer/events?type=document.created')
      await lineOf('document 70').waitFor()
      const shownLast = await page.locator('.event').last().innerText()
      await page.getByRole('link', { name: 'Older events' }).click()
      await page.waitForURL(/type=document\.created&before=\d+$/)
      await lineOf('document 1').waitFor()
      await page.getByText('No older events are kept.').waitFor()
      assert.equal(await page.getByRole('switch', { name: 'Live' }).count(), 0)
      assert.equal(await page.getByRole('link', { name: 'Older events' }).count(), 0)
      const numberOf = (text: string) => Number(/document (\d+)/.exec(text)?.[1])
      assert.equal(numberOf(await page.locator('.event').first().innerText()), numberOf(shownLast) - 1)

      const shared = page.url()
      await page.goBack()
      await lineOf('document 70').waitFor()
      await page.goto(shared)
      await lineOf('document 1').waitFor()
      await page.getByRole('link', { name: 'Newest events' }).click()
      await page.waitForURL(/events\?type=document\.created$/)
      await lineOf('document 70').waitFor()
      await page.getByLabel('Type').selectOption('user.created')
      await page.waitForURL(/type=user\.created$/)
      await page.getByText('No older events are kept.').waitFor()
      assert.equal(await page.locator('.event').count(), 4)
      await page.goto('/console/developer/events?before=999999')
      await page.getByText('Nothing older is kept').waitFor()
      visitor.assertNothingWrong()
    },
  )

  testOnce('who may not read events is told so, and the server is not asked', async () => {
    for (const username of ['johndoe', 'newuser']) {
      const visitor = await signIn(browser, server, username)
      const { page } = visitor
      const links = await page.getByRole('navigation', { name: 'Console' }).getByRole('link').allInnerTexts()
      assert.equal(links.includes('Events'), false)
      await page.goto('/console/developer/events')
      await page.getByText(/Your role is/).waitFor()
      visitor.assertNothingWrong()
    }
  })

  for (const theme of themes) {
    test(`it is accessible and fits every width, ${theme}`, async () => {
      const visitor = await signIn(browser, server, 'admin', { theme })
      const { page } = visitor
      await page.goto('/console/developer/events')
      await page.locator('.event summary').first().click()
      await page.locator('.event[open] pre').waitFor()
      await assertLooks(page, `events-live-${theme}`)
      await page.getByRole('link', { name: 'Older events' }).click()
      await page.getByRole('link', { name: 'Newest events' }).waitFor()
      await assertLooks(page, `events-older-${theme}`)
      visitor.assertNothingWrong()
      await visitor.context.close()
    })
  }
})
