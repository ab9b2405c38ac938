import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { issueCertificate } from '../../server/test/certificate.ts'
import { startReceiver, thankYou } from '../../server/test/receiver.ts'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

if (skip) test('webhooks in the console', { skip }, () => {})
else await testWebhooks()

async function testWebhooks(): Promise<void> {
  const server = await startConsole()
  await server.user('admin', 'admin')
  const browser = await startChromium()

  test('Admin > Developer > Webhooks > Add Webhook: a signed event arrives, and its delivery can be looked into', async () => {
    const receiver = await startReceiver(thankYou)
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
    await page.getByText('responded with 200').waitFor()
    await page.getByText('thank you').waitFor()
    const [first] = receiver.received
    assert.ok(first)
    assert.equal(
      first.headers['x-webhook-signature'],
      createHmac('sha256', secret).update(first.raw).digest('hex'),
    )
    assert.equal(await page.getByText('sent again').count(), 0)

    await server.call('POST', '/api/v1/documents', {
      title: 'New Policy',
      category: 'policies',
      status: 'published',
    })
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link').last().click()
    await page.getByRole('link', { name: 'document.published' }).click()
    await page.getByRole('button', { name: 'Resend' }).click()
    await page.getByText('sent again').waitFor()
    await until('the event to arrive twice', () => receiver.received.length >= 3 || undefined)
    assert.equal(receiver.received[1]?.raw, receiver.received[2]?.raw)
    visitor.assertNothingWrong()
  })

  test('the page of a webhook says what it is limited to', async () => {
    const rules = [{ scope: 'documents:read', where: { category: ['policies'], status: ['published'] } }]
    const { body } = await server.call('POST', '/api/v1/webhooks', {
      url: 'https://example.com/limited',
      events: ['document.published'],
      rules,
    })
    const visitor = await signIn(browser, server)
    await visitor.page.goto(`${server.url}/console/developer/webhooks/${body.id}`)
    await visitor.page.getByText('Limited to', { exact: true }).waitFor()
    await visitor.page.getByText('documents in the category policies, with the status published').waitFor()
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
    await page.getByText('the receiver is gone').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Send past events…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await page
      .getByText(/sent again|tried now/)
      .first()
      .waitFor()
    visitor.assertNothingWrong()
  })

  test('whoever leaves a webhook half filled in or half changed is asked', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    for (const path of ['new', '1/edit']) {
      await page.goto(`/console/developer/webhooks/${path}`)
      await page.getByLabel('Description').fill('The archive')
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor()
      await page.getByRole('button', { name: 'Stay here' }).click()
      assert.equal(await page.getByLabel('Description').inputValue(), 'The archive')
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
      await page.waitForURL(path === 'new' ? '**/webhooks' : '**/webhooks/1')
    }
    visitor.assertNothingWrong()
  })

  test('whoever was overtaken while changing a webhook is told, and neither version is lost', async () => {
    const path = await webhookPath({ description: 'Theirs, before' })
    const visitor = await signIn(browser, server)
    visitor.expect(/412/)
    const { page } = visitor
    await page.goto(`${path.replace('/api/v1', '/console/developer')}/edit`)
    await page.getByLabel('Description').fill('Mine')
    await server.call('PATCH', path, { events: ['user.updated'] })
    await page.getByRole('button', { name: 'Save' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('Somebody else has changed this webhook since you opened it').waitFor()
    await alert.getByText('user.updated').waitFor()
    assert.equal(await page.getByLabel('Description').inputValue(), 'Mine')
    await alert.getByRole('button', { name: 'Load their version, discard mine' }).click()
    await alert.waitFor({ state: 'hidden' })
    assert.equal(await page.getByLabel('Description').inputValue(), 'Theirs, before')

    await page.getByLabel('Description').fill('Mine again')
    await server.call('PATCH', path, { concurrency: 2 })
    await page.getByRole('button', { name: 'Save' }).click()
    await alert.getByRole('button', { name: 'Save mine over theirs' }).click()
    await page.waitForURL(/webhooks\/\d+$/)
    const { body } = await server.call('GET', path)
    assert.deepEqual([body.description, body.events, body.concurrency], ['Mine again', ['user.updated'], 2])
    visitor.assertNothingWrong()
  })

  test('what the API refuses in what is folded away is unfolded, beside its field', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/developer/webhooks/new')
    await page.getByLabel('Destination URL').fill((await startReceiver()).url)
    await page.getByRole('checkbox', { name: 'user.created' }).check()
    const fold = page.getByRole('button', { name: 'Headers, certificate and limits' })
    await fold.click()
    await page.getByLabel('Custom headers').fill('Host: elsewhere')
    await fold.click()
    await page.getByLabel('Custom headers').waitFor({ state: 'hidden' })
    visitor.expect(/400/)
    await page.getByRole('button', { name: 'Add webhook' }).click()
    await page.getByText("The “Custom headers” field cannot set 'Host'").waitFor()
    assert.equal(await page.getByLabel('Custom headers').getAttribute('aria-invalid'), 'true')
    visitor.assertNothingWrong()
  })

  test('headers that are replaced leave none of the former ones', async () => {
    const path = await webhookPath({ headers: { Authorization: 'Bearer former', 'X-Former': 'yes' } })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`${path.replace('/api/v1', '/console/developer')}/edit`)
    await page.getByRole('button', { name: 'Headers, certificate and limits' }).click()
    await page.getByLabel('Replace the custom headers').check()
    await page.getByLabel('Custom headers', { exact: true }).fill('authorization: Bearer new')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/webhooks\/\d+$/)
    assert.deepEqual((await server.call('GET', path)).body.header_names, ['authorization'])
    visitor.assertNothingWrong()
  })

  test('a client certificate is added, shown without its key, and removed', async () => {
    const path = await webhookPath({ url: 'https://example.com/hooks' })
    const certificate = issueCertificate({ subject: 'comserv.example.org' })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    const form = async () => {
      await page.goto(`${path.replace('/api/v1', '/console/developer')}/edit`)
      await page.getByRole('button', { name: 'Headers, certificate and limits' }).click()
      await page.getByLabel('Replace the client certificate').check()
    }
    await form()
    await page.getByLabel('Client certificate', { exact: true }).fill(certificate.cert)
    const key = page.getByLabel('Private key of the client certificate')
    await key.fill(issueCertificate({ subject: 'another' }).key)
    visitor.expect(/400/)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('does not belong to the certificate').waitFor()
    assert.equal(await key.getAttribute('aria-invalid'), 'true')
    await key.fill(certificate.key)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL(/webhooks\/\d+$/)
    await page.getByText('CN=comserv.example.org').waitFor()
    await page.getByText('; replace it soon').waitFor()
    await form()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL(/webhooks\/\d+$/)
    assert.equal((await server.call('GET', path)).body.client_certificate, null)
    visitor.assertNothingWrong()
  })

  test('format, previous values and Ed25519 are chosen, and the page shows the public key', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/developer/webhooks/new')
    await page.getByLabel('Destination URL').fill((await startReceiver()).url)
    await page.getByRole('checkbox', { name: 'user.updated' }).check()
    // What the section opens would move away under the pointer.
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.getByRole('button', { name: 'Format and signature' }).click()
    await page.getByRole('radio', { name: 'CloudEvents 1.0' }).check()
    await page.getByRole('checkbox', { name: 'Send previous values' }).check()
    await page.getByRole('checkbox', { name: 'Keep the order of events about the same record' }).check()
    await page.getByRole('checkbox', { name: 'Also sign with Ed25519' }).check()
    await page.getByRole('button', { name: 'Add webhook' }).click()
    await page.getByText('It also signs with Ed25519').waitFor()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.waitForURL(/webhooks\/\d+$/)
    const path = `/api/v1${new URL(page.url()).pathname.replace('/console/developer', '')}`
    const { body } = await server.call('GET', path)
    assert.deepEqual(
      [body.format, body.include_previous, body.ordering, body.ed25519],
      ['cloudevents', true, 'resource', true],
    )
    await page.getByText('kept for each record').waitFor()
    await page.getByText(body.public_keys[0], { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Copy the public key' }).click()
    await page.getByRole('button', { name: 'Copied the public key' }).waitFor()

    await page.goto(`${page.url()}/edit`)
    // What the section opens would move away under the pointer.
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.getByRole('button', { name: 'Format and signature' }).click()
    await page.getByText('Turning this off deletes the key pair').waitFor()
    await page.getByRole('checkbox', { name: 'Keep the order of events about the same record' }).uncheck()
    await page.getByRole('checkbox', { name: 'Also sign with Ed25519' }).uncheck()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL(/webhooks\/\d+$/)
    const changed = await server.call('GET', path)
    assert.deepEqual(
      [changed.body.format, changed.body.ordering, changed.body.public_keys],
      ['cloudevents', 'none', []],
    )
    visitor.assertNothingWrong()
  })

  async function webhookPath(more: object): Promise<string> {
    const { url } = await startReceiver()
    const { body } = await server.call('POST', '/api/v1/webhooks', { url, events: ['user.created'], ...more })
    return `/api/v1/webhooks/${body.id}`
  }

  test('a test event of a type is sent from a dialog, which shows the response', async () => {
    const receiver = await startReceiver(thankYou)
    const path = await webhookPath({ url: receiver.url, events: ['document.published'] })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(path.replace('/api/v1', '/console/developer'))
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Send a test event…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Send a test event' })
    assert.equal(await dialog.getByLabel('Event type').inputValue(), 'document.published')
    await dialog.getByLabel('Event type').selectOption('user.created')
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    await dialog.getByText('The receiver responded with 200').waitFor()
    await dialog.getByText('thank you').waitFor()
    const [sent] = receiver.received
    assert.deepEqual(
      [sent?.headers['x-webhook-event'], sent?.headers['x-webhook-test']],
      ['user.created', 'true'],
    )
    await dialog.getByRole('link', { name: 'Show the delivery' }).click()
    await page.getByText('the documented sample of this event type').waitFor()
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
