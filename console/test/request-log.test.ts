import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startReceiver } from '../../server/test/receiver.ts'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

if (skip) test('the request log in the console', { skip }, () => {})
else await testRequestLog()

async function testRequestLog(): Promise<void> {
  const server = await startConsole()
  const { call } = server
  const browser = await startChromium()
  await server.user('admin', 'admin')
  await server.user('developer', 'grace')
  const admin = await signIn(browser, server)
  const developer = await signIn(browser, server, 'grace')
  const receiver = await startReceiver()
  await call('POST', '/api/v1/webhooks', { url: receiver.url, events: ['document.created'] })
  const { body: key } = await call('POST', '/api/v1/credentials', {
    name: 'Nightly import',
    scopes: ['read', 'documents:write'],
  })
  const send = (path: string, json?: object) =>
    fetch(`${server.url}/api/v1${path}`, {
      method: json ? 'POST' : 'GET',
      headers: { 'x-api-key': key.client_secret, 'content-type': 'application/json' },
      ...(json ? { body: JSON.stringify(json) } : {}),
    })
  await send('/documents', { title: 'Imported', category: 'reports' })
  await send('/documents', { title: 'Imported', sekrit: 'value' })
  await until('the requests to be written', async () => {
    const { body } = await call('GET', `/api/v1/requests?credential_id=${key.id}`)
    return body.meta.total_count === 2 || undefined
  })
  const { page } = admin
  const rows = () => page.getByRole('table', { name: 'Requests' }).locator('tbody tr')

  test('an administrator finds the failed request of a program, and reads why without what was sent', async () => {
    await page.goto('/console/developer/request-log')
    await page.getByLabel('Response').selectOption('4xx')
    await page.waitForURL(/\?status_class=4xx$/)
    // Until they arrive, the list shows what it showed before.
    await rows().nth(1).waitFor({ state: 'detached' })
    await rows().getByText('Nightly import').waitFor()
    assert.equal(await rows().count(), 1)
    await rows().getByRole('link', { name: 'POST /documents' }).click()
    await page.getByText("The '…' field is not known here").waitFor()
    assert.doesNotMatch(await page.content(), /sekrit/)
    await page.getByText('None: it changed nothing').waitFor()
    admin.assertNothingWrong()
  })

  test('from the page of a key to a request, its event, and the delivery of that', async () => {
    await page.goto(`/console/developer/credentials/${key.id}`)
    await rows().nth(1).getByRole('link', { name: 'POST /documents' }).click()
    await page.getByText('document.created').waitFor()
    await page.getByRole('link', { name: /^delivery \d+$/ }).click()
    await page.getByRole('heading', { name: 'Delivery of document.created' }).waitFor()
    admin.assertNothingWrong()
  })

  test('what the console itself requests is shown only when it is asked for', async () => {
    await page.goto('/console/developer/request-log')
    await rows().first().waitFor()
    const byPeople = rows().filter({ has: page.getByRole('link', { name: 'admin', exact: true }) })
    assert.equal(await byPeople.count(), 0)
    await page.getByRole('switch', { name: 'Include requests of the console' }).click()
    await page.waitForURL(/\?caller=all$/)
    await byPeople.first().waitFor()
    await page.reload()
    await byPeople.first().waitFor()
    await page.getByRole('switch', { name: 'Include requests of the console' }).click()
    await page.waitForURL(/request-log$/)
    await byPeople.first().waitFor({ state: 'detached' })
    admin.assertNothingWrong()
  })

  test('other people see their own requests alone', async () => {
    await developer.page.goto('/console/developer/request-log')
    await developer.page.getByText('What you and your keys requested').waitFor()
    await developer.page.getByText('No requests of programs yet').waitFor()
    await developer.page.getByRole('link', { name: 'Show requests of the console' }).click()
    await developer.page.getByRole('table', { name: 'Requests' }).waitFor()
    assert.equal(await developer.page.getByText('Nightly import').count(), 0)
    developer.assertNothingWrong()
  })
}
