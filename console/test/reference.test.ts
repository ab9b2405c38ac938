import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { readOperations } from '../guides/links.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { visit } from './visitor.ts'

suite('the reference', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await server.call('POST', '/api/v1/documents', { title: 'Annual Report 2023', status: 'published' })
  const { body: credential } = await server.call('POST', '/api/v1/credentials', {
    name: 'Tries calls',
    scopes: ['read', 'write'],
  })
  const key: string = credential.client_secret
  const browser = await startChromium()

  test('it lists every call of the API, and can be narrowed', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/docs/reference')
    const listed = await page
      .locator('[data-operation]')
      .evaluateAll((items) => items.map((item) => item.getAttribute('data-operation')))
    assert.deepEqual(
      listed.sort(),
      readOperations()
        .map(({ id }) => id)
        .sort(),
    )
    await page.getByLabel('Filter the list of endpoints').fill('webhooks:write recover')
    const shown = page.locator('[data-operation]:visible')
    assert.equal(await shown.count(), 1)
    assert.equal(await shown.locator('code').first().textContent(), '/api/v1/webhooks/{id}/recover')
    assert.equal(await page.locator('.calls:visible').count(), 1)
    await page.getByLabel('Filter the list of endpoints').fill('zebra')
    await page.getByText('No endpoint matches.').waitFor()
    await page.getByLabel('Filter the list of endpoints').fill('')
    assert.equal(await shown.count(), listed.length)
    visitor.assertNothingWrong()
  })

  test('every call has a page, with its errors and a sample for curl', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/docs/reference')
    for (const { id, method, path, summary } of readOperations()) {
      await page.locator(`[data-operation="${id}"] a`).click()
      await page.getByRole('heading', { level: 1, name: summary, exact: true }).waitFor()
      assert.equal(await page.locator('.operation-path').textContent(), `${method}${path}Try it`)
      assert.match((await page.getByLabel('the curl sample').locator('code').textContent()) ?? '', /^curl /)
      await page.goBack()
    }
    visitor.assertNothingWrong()
  })

  test('fields tell their type, what they may be, and what is within them', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/docs/reference/createDocument')
    const status = page
      .locator('.field', { has: page.locator('.field-name', { hasText: /^status$/ }) })
      .first()
    assert.match((await status.textContent()) ?? '', /one ofdraftpublishedarchived/)
    await page.goto('/docs/reference/createUser')
    const profile = page.locator('.field', { has: page.locator('summary', { hasText: 'Fields of profile' }) })
    assert.match((await profile.first().textContent()) ?? '', /first_namestring or null/)
    await page.goto('/docs/reference/changeUsers')
    await page.getByText('action: update').first().waitFor()
    visitor.assertNothingWrong()
  })

  test('the example and the sample are copied as they stand, without the application', async () => {
    const visitor = await visit(browser, server.url)
    const { page, context } = visitor
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto('/docs/reference/getDocument')
    const sample = page.getByLabel('the curl sample')
    await sample.getByRole('button', { name: 'Copy' }).click()
    await sample.getByRole('button', { name: 'Copied' }).waitFor()
    assert.equal(
      await page.evaluate('navigator.clipboard.readText()'),
      `curl -H "X-API-Key: $KEY" \\\n  ${server.url}/api/v1/documents/1`,
    )
    await page.getByLabel('Example response').getByRole('button', { name: 'Copy' }).click()
    await page.getByLabel('Example response').getByRole('button', { name: 'Copied' }).waitFor()
    assert.equal(
      JSON.parse(String(await page.evaluate('navigator.clipboard.readText()'))).title,
      'Annual Report 2023',
    )
    assert.equal(await page.locator('.try form').count(), 0)
    visitor.assertNothingWrong()
  })

  test('a pasted key reads documents, and is nowhere but in its field', async () => {
    const visitor = await visit(browser, server.url)
    const { page, context } = visitor
    await page.goto('/docs/reference/listDocuments')
    await open(page)
    await page.getByLabel('API key').fill(key)
    await page.getByText('Optional: page, limit').click()
    await page.locator('.try').getByLabel('limit').fill('3')
    await send(page, '200')
    const answer = page.getByRole('region', { name: 'Received response', exact: true })
    await answer.getByText('Annual Report 2023').waitFor()
    await answer.getByText('x-ratelimit-remaining').waitFor()
    await page.getByText('As a command with curl').click()
    const line = await page.getByLabel('the curl line').locator('code').textContent()
    assert.equal(line, `curl -H "X-API-Key: $KEY" \\\n  '${server.url}/api/v1/documents?limit=3'`)
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, history.state])',
    )
    assert.ok(!String(kept).includes(key) && !(await page.content()).includes(`>${key}`))
    assert.deepEqual(await context.cookies(), [])

    // It outlives a look into a guide, and not a page that is loaded anew.
    await page.getByRole('link', { name: 'Guide: List documents' }).click()
    await page.locator('.guide-text').waitFor()
    await page.goBack()
    assert.equal(await page.getByLabel('API key').inputValue(), key)
    await page.reload()
    await open(page)
    assert.equal(await page.getByLabel('API key').inputValue(), '')
    visitor.assertNothingWrong()
  })

  test('a wrong key shows the error of the API', async () => {
    const visitor = await visit(browser, server.url)
    visitor.expect(/401/)
    const { page } = visitor
    await page.goto('/docs/reference/listDocuments')
    await open(page)
    await page.getByLabel('API key').fill('cs_live_wrong')
    await send(page, '401')
    const answer = page.getByRole('region', { name: 'Received response', exact: true })
    await answer.getByText('authentication_failed').waitFor()
    await answer.getByText('www-authenticate').waitFor()
    visitor.assertNothingWrong()
  })

  test('a body is sent, and what it lacks is told', async () => {
    const visitor = await visit(browser, server.url)
    visitor.expect(/400/)
    const { page } = visitor
    await page.goto('/docs/reference/createDocument')
    await open(page)
    await page.getByLabel('API key').fill(key)
    await send(page, '201')
    await page.getByRole('textbox', { name: 'Body' }).fill('{ "category": "reports" }')
    await send(page, '400')
    await page.getByText("The 'title' field is required", { exact: false }).waitFor()
    visitor.assertNothingWrong()
  })

  test('a token is fetched with a form, and its line for curl holds no secret', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/docs/reference/createToken')
    assert.equal(
      await page.getByLabel('the curl sample').locator('code').textContent(),
      `curl -u "$CLIENT_ID:$CLIENT_SECRET" \\\n  -d grant_type=client_credentials \\\n  ${server.url}/api/v1/oauth/token`,
    )
    await open(page)
    const form = page.locator('.try')
    await form.getByLabel('client_id').fill(credential.client_id)
    await form.getByLabel('client_secret').fill(key)
    await send(page, '200')
    await page.getByText('As a command with curl').click()
    const line = (await page.getByLabel('the curl line').locator('code').textContent()) ?? ''
    assert.match(line, /-d client_secret="\$CLIENT_SECRET"/)
    assert.ok(!line.includes(key))
    visitor.assertNothingWrong()
  })

  test('who is signed in calls as themselves, also to change something', async () => {
    await server.user('admin', 'tester')
    const visitor = await signIn(browser, server, 'tester')
    const { page } = visitor
    await page.goto('/docs/reference/createDocument')
    await page.getByText('As tester').waitFor()
    await send(page, '201')
    await page.goto('/docs/reference/getMe')
    await send(page, '200')
    await page
      .getByRole('region', { name: 'Received response', exact: true })
      .getByText('tester@example.org')
      .waitFor()
    visitor.assertNothingWrong()
  })

  test('a key goes without the cookie of who is signed in', async () => {
    const visitor = await signIn(browser, server, 'tester')
    visitor.expect(/401/)
    const { page } = visitor
    await page.goto('/docs/reference/listDocuments')
    await page.getByText('With an API key').click()
    await send(page, '401')
    visitor.assertNothingWrong()
  })

  test('endpoints for people prompt a guest to sign in', async () => {
    const visitor = await visit(browser, server.url)
    const { page } = visitor
    await page.goto('/docs/reference/getMe')
    await page.getByText('This endpoint is for signed-in people.').waitFor()
    await page.locator('.try').getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL('**/sign-in?next=%2Fdocs%2Freference%2FgetMe')
    visitor.assertNothingWrong()
  })
})

/** Loads the form; its first field has the focus then. */
async function open(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Write a request' }).click()
  await page.locator('.try form :focus').waitFor()
}

async function send(page: Page, status: string): Promise<void> {
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.locator('.received-status', { hasText: status }).waitFor()
}
