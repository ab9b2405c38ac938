import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startReceiver } from '../../server/test/receiver.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

suite('automations', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()
  const receiver = await startReceiver(500)

  test('an administrator makes a rule, tries it, switches it on, and resumes a run that failed', async () => {
    const { page, assertNothingWrong } = await signIn(browser, server)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await page.getByRole('link', { name: 'Automations', exact: true }).click()
    await page.getByText('No automation yet').waitFor()
    await page.getByRole('link', { name: 'New automation' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('New policies')
    await page.getByLabel('document.published', { exact: true }).check()
    await page.getByLabel('Condition').fill('data.category == "policies"')
    await button('Add step').click()
    const step = page.getByRole('group', { name: 'Step 1' })
    await step.getByLabel('Name').fill('task')
    await step.getByLabel('Destination URL').fill(receiver.url)
    await step.getByLabel('Body').fill('{ "title": data.title }')
    await assertAccessible(page)
    await button('Create automation').click()

    await page.getByRole('heading', { level: 1, name: 'New policies' }).waitFor()
    await button('Try it').click()
    await page.getByText(/of \d+ events? match|There are no events of these types yet/).waitFor()
    await button('Switch on').click()
    await button('Switch off').waitFor()
    await assertAccessible(page)

    await server.call('POST', '/api/v1/documents', {
      title: 'Travel',
      category: 'policies',
      status: 'published',
    })
    await receiver.arrived(1)
    assert.deepEqual(receiver.received[0]?.body, { title: 'Travel' })
    await page.getByRole('link', { name: /^document\.published \d+$/ }).click()
    await page.getByText('The receiver responded with 500.').first().waitFor()
    await assertAccessible(page)
    await button('Cancel the run').click()
    await button('Resume').waitFor()
    receiver.answer(200)
    await button('Resume').click()
    await page.getByText('succeeded').first().waitFor()
    assert.equal(receiver.received.at(-1)?.body.title, 'Travel')
    assertNothingWrong()
  })
})
