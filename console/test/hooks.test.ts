import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import { startReceiver } from '../../server/test/receiver.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

suite('hooks', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()
  const receiver = await startReceiver((response) => response.end('{"refuse": "Not on a Friday."}'))
  const documents = (title: string) => server.call('POST', '/api/v1/documents', { title })

  test('an administrator adds a hook, tries it, switches it on, and sees what it refused', async () => {
    const { page, expect, assertNothingWrong } = await signIn(browser, server)
    expect(/400/)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await page
      .getByRole('navigation', { name: 'Console' })
      .getByRole('link', { name: 'Hooks', exact: true })
      .click()
    await page.getByText('No hook yet').waitFor()
    await page.getByRole('link', { name: 'Add hook' }).first().click()
    await page.getByLabel('Destination URL').fill(receiver.url)
    await page.getByRole('checkbox', { name: 'document.create' }).check()
    await page.getByRole('checkbox', { name: 'document.publish' }).check()
    await page.getByLabel('Time to respond').fill('5000')
    await page.getByLabel('Description').fill('Rest days')
    await assertAccessible(page)
    await button('Add hook').click()
    const secret = await page.locator('.shown code').innerText()
    await button('I have stored it').click()

    await page.getByText('changes are made without it').waitFor()
    await page.getByText('It was not called yet').waitFor()
    await button('Call it').click()
    await page.getByText('The caller would read: Not on a Friday.').waitFor()
    const [first] = receiver.received
    assert.ok(first)
    assert.deepEqual([first.body.test, first.body.action], [true, 'document.create'])
    const signature = createHmac('sha256', secret).update(first.raw).digest('hex')
    assert.equal(first.headers['x-webhook-signature'], signature)
    await page.getByLabel('What would be sent').fill('[1]')
    await button('Call it').click()
    await page.getByText('This is not a JSON object.').waitFor()
    await page.getByLabel('What would be sent').fill('{"title": 7}')
    await button('Call it').click()
    await page
      .getByText(/title/)
      .and(page.locator('.mantine-Textarea-error, [role=alert] *'))
      .first()
      .waitFor()
    await page.getByLabel('Action').selectOption('document.publish')
    await page.getByLabel('What would be sent').fill('')
    await page.getByLabel('Number of the document').fill('1')
    receiver.answer((response) => response.end('{"allow": true, "input": {"category": "policies"}}'))
    await button('Call it').click()
    await page.getByText('The change would be made with:').waitFor()
    await page.getByText('"category": "policies"').waitFor()
    assert.deepEqual(receiver.received.at(-1)?.body.record.id, 1)
    await assertAccessible(page)

    await button('Resume').click()
    await button('Pause').waitFor()
    receiver.answer((response) => response.end('{"refuse": "Not on a Friday."}'))
    await assert.rejects(documents('Refused'), /answered 400: .*Not on a Friday\./)
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('refused')
    const refused = page.getByRole('row').filter({ hasText: 'document.create', hasNotText: 'test' })
    await refused.getByRole('link', { name: 'document.create' }).click()
    await page.getByRole('heading', { level: 1, name: 'Call before document.create' }).waitFor()
    await page.getByText('was not made').waitFor()
    await page.getByText('"title": "Refused"').waitFor()
    await page.getByText('"refuse": "Not on a Friday."').waitFor()
    await assertAccessible(page)
    assertNothingWrong()
  })

  test('a hook that fails is seen at a glance, can be changed, given another secret, paused and deleted', async () => {
    const { body: hook } = await server.call('POST', '/api/v1/hooks', {
      url: receiver.url,
      actions: ['user.create'],
      timeout_ms: 5_000,
    })
    receiver.answer(500)
    const { page, assertNothingWrong } = await signIn(browser, server)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const menu = async (name: string) => {
      await button('More').click()
      await page.getByRole('menuitem', { name, exact: true }).click()
    }
    const person = { username: 'nobody', email: 'nobody@example.org', password: 'correct horse battery' }
    await assert.rejects(server.call('POST', '/api/v1/users', person), /answered 503: /)
    await page.goto(`/console/developer/hooks/${hook.id}`)
    await page.getByText('Changes are refused while this hook fails').waitFor()
    await page.getByText('no 2xx status').first().waitFor()

    await menu('Change')
    await page.getByLabel('The change is made as it was sent').check()
    await button('Save').click()
    await page.getByText('Changes are made without this hook while it fails').waitFor()
    assert.equal((await server.call('GET', `/api/v1/hooks/${hook.id}`)).body.on_failure, 'allow')

    await menu('Rotate secret')
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click()
    const secret = await page.locator('.shown code').innerText()
    assert.notEqual(secret, hook.secret)
    await button('I have stored it').click()
    await page.getByText('signs beside the new one until').waitFor()

    await button('Pause').click()
    await button('Resume').waitFor()
    await menu('Delete')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.waitForURL('**/developer/hooks')
    await assert.rejects(server.call('GET', `/api/v1/hooks/${hook.id}`), /answered 404: /)
    assertNothingWrong()
  })
})
