import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { languages } from './sample-languages.ts'

if (skip) test('API credentials in the console', { skip }, () => {})
else await testCredentials()

async function testCredentials(): Promise<void> {
  const server = await startConsole()
  await server.user('admin', 'admin')
  await server.user('developer', 'grace')
  await server.user('normal', 'nobody')
  const browser = await startChromium()
  /** As the first test has seen them. */
  const samples = new Map<string, string>()
  let key = ''
  const installs: Record<string, string[]> = {
    curl: [],
    JavaScript: [`npm install ${server.url}/sdk/comserv-0.1.0.tgz`],
    Python: [`pip install ${server.url}/sdk/comserv-0.1.0-py3-none-any.whl`],
    PHP: [
      '[ -f composer.json ] || composer init -n --name=you/app',
      `composer config repositories.comserv composer ${server.url}/sdk`,
      'composer config secure-http false',
      'composer require comserv/comserv',
    ],
  }

  test('Admin > Developer > API Credentials > Generate New API Key shows a key once, and it works', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.getByRole('link', { name: 'API Credentials' }).click()
    await page.getByRole('link', { name: 'Generate New API Key' }).click()
    await page.getByLabel('Name').fill('Payroll export')
    await page.getByRole('button', { name: 'Read and write', exact: true }).click()
    await page.getByRole('checkbox', { name: 'webhooks:read' }).check()
    await page.getByRole('button', { name: 'Generate key' }).click()
    await page.getByText('This secret is shown only once').waitFor()
    const secret = await page.locator('.shown code').nth(1).innerText()
    assert.match(secret, /^cs_live_\w{36,}$/)
    assert.match(await page.locator('.shown code').nth(0).innerText(), /^cs_client_/)

    for (const name of ['curl', 'JavaScript', 'Python', 'PHP'] as const) {
      await page.getByRole('tab', { name }).click()
      const panel = page.getByRole('tabpanel')
      const text = await panel.innerText()
      assert.ok(text.includes(secret), name)
      for (const line of installs[name] ?? []) assert.ok(text.includes(line), `${line}: ${text}`)
      samples.set(
        name,
        await panel
          .getByRole('region', { name: `${name} sample` })
          .locator('code')
          .innerText(),
      )
    }
    key = secret

    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByRole('heading', { name: 'Payroll export' }).waitFor()
    assert.equal(await page.getByText('read write webhooks:read').count(), 1)
    assert.equal((await page.content()).includes(secret), false)
    visitor.assertNothingWrong()
  })

  for (const language of languages) {
    test(`the ${language.name} sample that is shown with a key lists the users`, {
      skip: language.skip,
    }, () => {
      const { status, stdout, stderr } = language.run(samples.get(language.name) ?? '', key)
      assert.equal(status, 0, stderr)
      assert.match(stdout, /grace/)
    })
  }

  test('whoever looks at a key sees when and from where it is used, and the chart of its use grow', async () => {
    const { body: watched } = await server.call('POST', '/api/v1/credentials', {
      name: 'Watched',
      scopes: ['read'],
    })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/developer/credentials/${watched.id}`)
    await page.getByText('Not used in the last 24 hours.').waitFor()
    const lastUsed = page.locator('dt', { hasText: 'Last used' }).locator('+ dd')
    assert.equal(await lastUsed.innerText(), 'never')
    for (let calls = 0; calls < 3; calls++) assert.equal(await statusWith(watched.client_secret), 200)
    // Written down within 5 s, and asked for every 10.
    const patience = { timeout: 60_000 }
    const sentence = '3 requests, 0 failed, 0 over the rate limit in the last 24 hours'
    await page.getByRole('img', { name: sentence }).waitFor(patience)
    await lastUsed.getByText('from 127.0.0.1').waitFor(patience)
    visitor.assertNothingWrong()
  })

  test('a key that was made on the command line belongs to the system account, in words', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/developer/credentials')
    await page.getByRole('row', { name: /^Set up by the operator.* system account/ }).waitFor()
    await page.getByRole('link', { name: 'Set up by the operator' }).click()
    await page.getByRole('heading', { name: 'Set up by the operator' }).waitFor()
    await page.getByText('system account', { exact: true }).waitFor()
    visitor.assertNothingWrong()
  })

  test('what the API refuses stands beside the field', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/developer/credentials/new')
    await page.getByLabel('Name').fill('Wrong')
    await page.getByLabel('Allowed IP addresses').fill('nowhere')
    visitor.expect(/400/)
    await page.getByRole('button', { name: 'Generate key' }).click()
    const field = page.getByLabel('Allowed IP addresses')
    await page.getByText(/“Allowed IP addresses”/).waitFor()
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    visitor.assertNothingWrong()
  })

  test('whoever leaves a key half filled in or half changed is asked', async () => {
    const { body: key } = await server.call('POST', '/api/v1/credentials', { name: 'Kept', scopes: ['read'] })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    for (const path of ['new', `${key.id}/edit`]) {
      await page.goto(`/console/developer/credentials/${path}`)
      await page.getByRole('checkbox', { name: 'webhooks:read' }).check()
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor()
      await page.getByRole('button', { name: 'Stay here' }).click()
      assert.equal(await page.getByRole('checkbox', { name: 'webhooks:read' }).isChecked(), true)
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
      await page.waitForURL(path === 'new' ? '**/credentials' : `**/credentials/${key.id}`)
    }
    visitor.assertNothingWrong()
  })

  test('whoever was overtaken while changing a key is told, and neither version is lost', async () => {
    const path = `/api/v1/credentials/${
      (await server.call('POST', '/api/v1/credentials', { name: 'Shared', scopes: ['read'] })).body.id
    }`
    const visitor = await signIn(browser, server)
    visitor.expect(/412/)
    const { page } = visitor
    await page.goto(`${path.replace('/api/v1', '/console/developer')}/edit`)
    await page.getByLabel('Name').fill('Mine')
    await server.call('PATCH', path, { scopes: ['documents:read'], tier: 'premium' })
    await page.getByRole('button', { name: 'Save' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('Somebody else has changed “Shared” since you opened it').waitFor()
    await alert.getByText('documents:read', { exact: true }).waitFor()
    assert.equal(await page.getByLabel('Name').inputValue(), 'Mine')
    await alert.getByRole('button', { name: 'Save mine over theirs' }).click()
    await page.getByRole('heading', { name: 'Mine' }).waitFor()
    const { body } = await server.call('GET', path)
    assert.deepEqual([body.name, body.scopes, body.tier], ['Mine', ['documents:read'], 'premium'])
    visitor.assertNothingWrong()
  })

  test('a rotated secret works beside the old one, and a revoked key does not', async () => {
    const { body: key } = await server.call('POST', '/api/v1/credentials', { name: 'Old', scopes: ['read'] })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/developer/credentials/${key.id}`)
    await page.getByRole('button', { name: 'Rotate secret' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click()
    await page.getByText('This secret is shown only once').waitFor()
    const secret = await page.locator('.shown code').nth(1).innerText()
    for (const one of [secret, key.client_secret]) assert.equal(await statusWith(one), 200)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByText('The previous secret also works').waitFor()

    await page.getByRole('button', { name: 'End previous secret', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'End the previous secret now?' })
    await dialog.getByRole('button', { name: 'End previous secret', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('The previous secret also works').waitFor({ state: 'detached' })
    assert.equal(await page.getByRole('button', { name: 'End previous secret' }).count(), 0)
    assert.deepEqual([await statusWith(secret), await statusWith(key.client_secret)], [200, 401])

    await server.call('POST', `/api/v1/credentials/${key.id}/rotate`, {})
    await page.reload()
    await page.getByText('The previous secret also works').waitFor()
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByText('Revoke “Old”?').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.waitForURL('**/console/developer/credentials')
    assert.equal(await statusWith(secret), 401)
    // The grace is not over, and yet neither secret works.
    await page.goto(`/console/developer/credentials/${key.id}`)
    await page.getByText('revoked', { exact: true }).waitFor()
    assert.equal(await page.getByText(/previous secret|works|until/).count(), 0)
    visitor.assertNothingWrong()
  })

  test('a developer cannot tick what a developer may not hand out', async () => {
    const visitor = await signIn(browser, server, 'grace')
    const { page } = visitor
    await page.goto('/console/developer/credentials/new')
    assert.equal(await page.getByRole('checkbox', { name: 'users:write' }).isDisabled(), true)
    assert.equal(await page.getByRole('checkbox', { name: 'users:read' }).isDisabled(), false)
    assert.equal(await page.getByText('Everything, as an administrator').count(), 0)
    visitor.assertNothingWrong()
  })

  test('a role is shown only what it may open, and told so when it follows a link', async () => {
    const visitor = await signIn(browser, server, 'nobody')
    const { page } = visitor
    const links = await page.getByRole('navigation', { name: 'Console' }).getByRole('link').allInnerTexts()
    assert.deepEqual(
      links.map((text) => text.trim()),
      ['Overview', 'Documents', 'Categories', 'API Credentials', 'Key requests', 'Requests', 'My account'],
    )
    await page.goto('/console/developer/credentials/new')
    await page.getByText('Your role is normal').waitFor()
    visitor.assertNothingWrong()
  })

  test('a person of any role sees and revokes the keys that they own, and cannot change them', async () => {
    const visitor = await signIn(browser, server, 'nobody')
    const { page } = visitor
    const { body: me } = await server.call('GET', '/api/v1/users?q=nobody')
    const owned = { name: 'Handed over', scopes: ['documents:read'], owner_id: me.data[0].id }
    const { body } = await server.call('POST', '/api/v1/credentials', owned)
    // The key that created it is somebody else's.
    visitor.expect(/404/)
    await page.goto('/console/developer/credentials')
    await page.getByRole('link', { name: 'Handed over', exact: true }).click()
    await page.getByRole('button', { name: 'Revoke', exact: true }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Rotate secret' }).count(), 0)
    assert.equal(await page.getByRole('link', { name: 'Change', exact: true }).count(), 0)
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal((await server.call('GET', `/api/v1/credentials/${body.id}`)).body.status, 'revoked')
    visitor.assertNothingWrong()
  })

  async function statusWith(key: string): Promise<number> {
    return (await fetch(`${server.url}/api/v1/users`, { headers: { 'x-api-key': key } })).status
  }
}
