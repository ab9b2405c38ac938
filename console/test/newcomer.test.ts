import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { verifyWebhook } from 'comserv'
import type { Locator } from 'playwright-core'
import { startReceiver, thankYou } from '../../server/test/receiver.ts'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { visit } from './visitor.ts'

const title = 'from the setup link to a key, a call, and a signed event: 19 clicks and 5 fields'

if (skip) test(title, { skip }, () => {})
else await testNewcomer()

async function testNewcomer(): Promise<void> {
  const server = await startConsole()
  const receiver = await startReceiver(thankYou)
  const browser = await startChromium()

  test(title, async () => {
    const visitor = await visit(browser, server.url)
    const { page, context } = visitor
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const done = { clicks: 0, fields: 0 }
    const click = async (target: Locator) => {
      await target.click()
      done.clicks++
    }
    const fill = async (label: string, text: string) => {
      await page.getByLabel(label, { exact: true }).fill(text)
      done.fields++
    }
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const link = (name: string) => page.getByRole('link', { name, exact: true }).first()
    const copied = async (what: string): Promise<string> => {
      await click(button(`Copy ${what}`))
      await button(`Copied ${what}`).waitFor()
      return page.evaluate('navigator.clipboard.readText()')
    }

    await page.goto(server.setupPath)
    await fill('Email', 'admin@example.org')
    await fill('Password', password)
    await click(button('Create administrator'))

    await click(link('API Credentials'))
    await click(link('Generate New API Key'))
    await fill('Name', 'My program')
    await click(button('Generate key'))
    const pasted = spawnSync('bash', ['-c', `set -e\n${await copied('curl sample')}`], { encoding: 'utf8' })
    assert.equal(pasted.status, 0, pasted.stderr)
    assert.match(pasted.stdout, /"username":"admin".*"access_token":"ey/s)
    await click(button('I have stored it'))

    await click(link('Webhooks'))
    await click(link('Add Webhook'))
    await fill('Destination URL', receiver.url)
    await click(button('All'))
    await click(button('Add webhook'))
    const secret = await copied('secret')
    await click(button('I have stored it'))
    await click(button('Send test'))
    await page.getByText('responded with 200').waitFor()
    await page.getByText('thank you').waitFor()
    assert.equal((await receivedEvent(0)).event, 'ping')

    await click(link('Documents'))
    await click(link('New document'))
    await fill('Title', 'New Policy Document')
    await click(button('Publish'))
    const events = await Promise.all([receivedEvent(1), receivedEvent(2)])
    assert.deepEqual(events.map(({ event }) => event).sort(), ['document.created', 'document.published'])

    await click(link('Webhooks'))
    await click(link(receiver.url))
    await click(link('document.published'))
    await page.getByText('"New Policy Document"').waitFor()
    await page.getByText('thank you').waitFor()
    visitor.assertNothingWrong()
    assert.deepEqual(done, { clicks: 19, fields: 5 })

    /** As the receiver would: nothing is believed before its signature has been checked. */
    async function receivedEvent(i: number) {
      const { raw, headers } = await until(`request ${i + 1}`, () => receiver.received[i])
      return verifyWebhook(raw, headers as Record<string, string>, secret)
    }
  })
}
