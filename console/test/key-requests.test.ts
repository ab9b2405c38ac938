import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { visit } from './visitor.ts'

suite('asking for a key', { skip }, async () => {
  if (skip) return
  const server = await startConsole({ COMSERV_KEY_REQUESTS_BY_GUESTS: 'true' })
  const browser = await startChromium()
  await server.user('admin', 'admin')
  await server.user('normal', 'newuser')
  const requests = '/console/developer/requests'

  test('a person without keys of their own asks, an administrator approves, and the person gets the key', async () => {
    const person = await signIn(browser, server, 'newuser')
    const { page } = person
    await page.goto('/console/developer/credentials')
    await page.getByRole('link', { name: 'Ask for a key' }).click()
    await page.getByLabel('Name').fill('Payroll')
    await page.getByRole('checkbox', { name: 'documents:read' }).check()
    await page.getByRole('checkbox', { name: 'users:read' }).check()
    await page.getByLabel('Reason').fill('Exports the payroll every night.')
    await page.getByRole('button', { name: 'Send request' }).click()
    await page.getByText('An administrator has not decided yet.').waitFor()

    const boss = await signIn(browser, server)
    await boss.page.getByRole('link', { name: 'Key requests 1' }).click()
    await boss.page.getByRole('link', { name: 'Payroll' }).click()
    await boss.page.getByRole('button', { name: 'Approve' }).click()
    const dialog = boss.page.getByRole('dialog')
    await dialog.getByRole('checkbox', { name: 'users:read' }).uncheck()
    const limit = dialog.getByRole('checkbox', { name: 'Limit the key', exact: false })
    assert.equal(await limit.isChecked(), true)
    await dialog.getByText('documents with the status published').waitFor()
    await limit.uncheck()
    await dialog.getByRole('radio', { name: 'Only some' }).check()
    await dialog.getByRole('checkbox', { name: 'Published', exact: true }).check()
    await dialog.getByRole('radio', { name: 'The system account', exact: true }).check()
    await dialog.getByLabel('Message').fill('Documents are enough.')
    await dialog.getByRole('button', { name: 'Approve' }).click()
    await boss.page.getByText('Granted scopes').waitFor()
    await boss.page.getByText('documents with the status published').nth(1).waitFor()
    await boss.page
      .locator('dt', { hasText: 'Owner' })
      .locator('+ dd', { hasText: 'system account' })
      .waitFor()
    boss.assertNothingWrong()

    await page.reload()
    await page.getByText('Documents are enough.').waitFor()
    await page.getByRole('button', { name: 'Show the key' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Show the key' }).click()
    await page.getByText('The secret is shown this once').waitFor()
    await page.getByText('/api/v1/documents?limit=5').waitFor()
    const secret = await page.getByText(/^cs_live_[0-9A-Za-z]{38}$/).innerText()
    const answer = await fetch(`${server.url}/api/v1/documents`, { headers: { 'x-api-key': secret } })
    assert.equal(answer.status, 200)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByText('The key was collected. Its secret cannot be shown again.').waitFor()
    person.assertNothingWrong()
  })

  test('an administrator refuses with a sentence, which the requester reads', async () => {
    const person = await signIn(browser, server, 'newuser')
    const { page } = person
    await page.goto(`${requests}/new`)
    await page.getByLabel('Name').fill('Everything')
    await page.getByRole('button', { name: 'Read and write', exact: true }).click()
    await page.getByLabel('Reason').fill('Just in case.')
    await page.getByRole('button', { name: 'Send request' }).click()
    await page.getByText('An administrator has not decided yet.').waitFor()
    const boss = await signIn(browser, server)
    await boss.page.goto(new URL(page.url()).pathname)
    await boss.page.getByRole('button', { name: 'Refuse' }).click()
    await boss.page.getByRole('dialog').getByLabel('Reason').fill('Ask for what you need.')
    await boss.page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click()
    await boss.page.getByRole('dialog').waitFor({ state: 'detached' })
    await boss.page.getByText('Ask for what you need.').waitFor()
    await page.reload()
    await page.getByText('Ask for what you need.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Show the key' }).count(), 0)
    person.assertNothingWrong()
    boss.assertNothingWrong()
  })

  test('a guest gets a link, and behind it the key', async () => {
    const guest = await visit(browser, server.url)
    const { page } = guest
    await page.goto('/sign-in')
    await page.getByRole('link', { name: 'Ask for a key without an account' }).click()
    await page.getByLabel('Who you are').fill('Jane Doe, jane@example.org')
    await page.getByLabel('Name', { exact: false }).last().fill('Weather station')
    await page.getByRole('checkbox', { name: 'documents:read' }).check()
    await page.getByLabel('Reason').fill('Shows the newest reports.')
    await page.getByRole('button', { name: 'Send request' }).click()
    await page.getByText('The link is shown this once').waitFor()
    const link = await page.getByText(/^http.*#token=/).innerText()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByText('An administrator has not decided yet.').waitFor()

    const { body } = await server.call('GET', '/api/v1/credential-requests?status=pending')
    assert.equal(body.data[0].contact, 'Jane Doe, jane@example.org')
    await server.call('POST', `/api/v1/credential-requests/${body.data[0].id}/approve`, {})
    const later = await visit(browser, server.url)
    await later.page.goto(link)
    await later.page.getByRole('button', { name: 'Show the key' }).click()
    await later.page.getByRole('dialog').getByRole('button', { name: 'Show the key' }).click()
    await later.page.getByText(/^cs_live_[0-9A-Za-z]{38}$/).waitFor()
    await later.page.getByRole('button', { name: 'I have stored it' }).click()
    await later.page.getByText('The key was collected.').waitFor()
    later.assertNothingWrong()
    guest.assertNothingWrong()
  })
})
