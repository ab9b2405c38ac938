import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startReceiver } from '../../server/test/receiver.ts'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { focused, pressTo } from './keyboard.ts'
import { visit } from './visitor.ts'

suite('with the keyboard alone', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await server.user('admin', 'admin')
  const receiver = await startReceiver(200)
  const browser = await startChromium()
  // One person at one browser: each test goes on where the one before has left off.
  const visitor = await visit(browser, server.url)
  const { page } = visitor
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const press = (key: string) => page.keyboard.press(key)
  const type = (text: string) => page.keyboard.type(text)
  const choose = async (name: string, key = 'Enter') => {
    await pressTo(page, name)
    await press(key)
  }
  const arrivedAt = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()

  test('one signs in, and passes by what is the same on every page', async () => {
    await page.goto('/sign-in')
    await arrivedAt(/Sign in/)
    await pressTo(page, 'Username or email')
    await type('admin')
    await pressTo(page, 'Password')
    await type(password)
    await press('Enter')
    await page.waitForURL('**/console')
    await page.goto('/console/audit')
    await arrivedAt('Audit log')
    await press('Tab')
    assert.equal(await focused(page), 'To the content')
    await press('Enter')
    assert.equal(await page.evaluate('document.activeElement.id'), 'main')
    await press('Tab')
    assert.equal(await page.evaluate('document.activeElement.closest("main") !== null'), true)
    visitor.assertNothingWrong()
  })

  test('one generates a key, and reaches the samples by the arrows', async () => {
    await page.goto('/console/documents')
    await arrivedAt('Documents')
    await choose('API Credentials')
    await arrivedAt('API Credentials')
    await choose('Generate New API Key')
    await arrivedAt('Generate New API Key')
    await pressTo(page, 'Name')
    await type('By hand')
    await choose('webhooks:read', 'Space')
    await choose('Generate key')
    await arrivedAt('Store this key now')
    await choose('Copy client_secret')
    await until('the answer', async () => (await focused(page)) === 'Copied client_secret' || undefined)
    await pressTo(page, 'curl')
    await press('ArrowRight')
    assert.equal(await focused(page), 'JavaScript')
    await page.getByRole('region', { name: 'JavaScript sample' }).waitFor()
    await choose('I have stored it')
    await arrivedAt('By hand')
    assert.equal(await page.getByText('read webhooks:read').count(), 1)
    visitor.assertNothingWrong()
  })

  test('a dialog keeps the focus, Escape closes it, and the focus is back where it was', async () => {
    await choose('Revoke')
    const dialog = page.getByRole('dialog', { name: 'Revoke “By hand”?' })
    await dialog.waitFor()
    await until('the way out to have the focus', async () => (await focused(page)) === 'Cancel' || undefined)
    const stops = new Set<string>()
    for (let i = 0; i < 6; i++) {
      await press(i < 4 ? 'Tab' : 'Shift+Tab')
      stops.add(await focused(page))
      assert.equal(await page.evaluate('document.activeElement.closest("[role=dialog]") !== null'), true)
    }
    assert.deepEqual([...stops].sort(), ['Cancel', 'Close', 'Revoke'])
    await press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await until('the focus to be back', async () => (await focused(page)) === 'Revoke' || undefined)
    visitor.assertNothingWrong()
  })

  test('one adds a webhook, and sends a test', async () => {
    await page.goto('/console/developer/webhooks')
    await arrivedAt('Webhooks')
    await choose('Add Webhook')
    await arrivedAt('Add Webhook')
    await pressTo(page, 'Destination URL')
    await type(receiver.url)
    await pressTo(page, 'document.published')
    await press('Space')
    await pressTo(page, 'Generate one')
    await press('ArrowRight')
    assert.equal(await focused(page), 'I have one')
    await pressTo(page, 'Your secret key')
    await type('a-secret-that-is-long-enough')
    await choose('Add webhook')
    await arrivedAt('Store this secret now')
    await choose('I have stored it')
    await arrivedAt(receiver.url)
    await choose('Send test')
    await arrivedAt('Delivery of ping')
    await page.getByText('responded with 200').waitFor()
    visitor.assertNothingWrong()
  })

  test('one writes a document, is asked before it is lost, and publishes it', async () => {
    await page.goto('/console/documents')
    await arrivedAt('Documents')
    await choose('New document')
    await arrivedAt('New document')
    await pressTo(page, 'Title')
    await type('New Policy Document')
    await pressTo(page, 'Cancel')
    await press('Enter')
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor()
    await until(
      'the way out to have the focus',
      async () => (await focused(page)) === 'Stay here' || undefined,
    )
    await press('Escape')
    await until('the focus to be back', async () => (await focused(page)) === 'Cancel' || undefined)
    await choose('Save draft')
    await arrivedAt('New Policy Document')
    await choose('Edit')
    await arrivedAt('Edit “New Policy Document”')
    await pressTo(page, 'Text')
    await type('# Policy')
    await press('Control+s')
    await page.getByText('Saved as version 2.').waitFor()
    await choose('Close')
    await arrivedAt('New Policy Document')
    await choose('Publish')
    await page.getByRole('dialog').waitFor()
    await until('the way out to have the focus', async () => (await focused(page)) === 'Cancel' || undefined)
    await choose('Publish')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByText('published', { exact: true }).waitFor()
    await until('the event', () => receiver.received.find(({ body }) => body.event === 'document.published'))
    visitor.assertNothingWrong()
  })

  test('the menu of a person opens by Enter, is walked by arrows, and signs out', async () => {
    await page.reload()
    await arrivedAt('New Policy Document')
    await choose('Signed in as admin')
    await page.getByRole('menu').waitFor()
    await press('Escape')
    await page.getByRole('menu').waitFor({ state: 'hidden' })
    await until(
      'the focus to be back',
      async () => (await focused(page)) === 'Signed in as admin' || undefined,
    )
    await press('Enter')
    await page.getByRole('menu').waitFor()
    await pressTo(page, 'Sign out', 'ArrowDown')
    await press('Enter')
    await page.getByText('Welcome, guest').waitFor()
    visitor.assertNothingWrong()
  })
})
