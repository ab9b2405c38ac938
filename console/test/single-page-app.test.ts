import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { picture } from './looks.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

const source = readFileSync(join(import.meta.dirname, '../../examples/single-page-app/index.html'), 'utf8')

suite('the example of a single-page app', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()

  test('a person signs in, edits a document, is told of a conflict, and sees the changes of others', async () => {
    let html = ''
    const site = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(html)
    }).listen(0, '127.0.0.1')
    after(() => site.close())
    await once(site, 'listening')
    const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    const { body: application } = await server.call('POST', '/api/v1/applications', {
      name: 'Reading room',
      kind: 'browser',
      redirect_uris: [`${origin}/`],
      origins: [origin],
      scopes: ['documents:read', 'documents:write', 'events:read'],
    })
    html = source.replace('http://127.0.0.1:3000', server.url).replace('cs_app_…', application.client_id)

    const person = await signIn(browser, server)
    person.expect(/^another host/, /favicon/, /412/)
    const page = await person.context.newPage()
    await page.goto(`${origin}/`)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await page.getByText('Signed in as admin').waitFor()
    const rows = page.getByRole('listitem')
    await rows.nth(4).waitFor()
    await assertAccessible(page)
    await picture(page, 'single-page-app')

    // Somebody else's change arrives without a reload.
    const { data } = (await server.call('GET', '/api/v1/documents?limit=5&sort=created_at')).body
    const [first] = data
    const path = `/api/v1/documents/${first.id}`
    await server.call('PATCH', path, { title: 'Changed by another program' })
    await page.getByText('Changed by another program').waitFor()

    await page.getByRole('button', { name: 'Edit Changed by another program' }).click()
    await page.getByLabel('Title').fill('Changed by me')
    await server.call('PATCH', path, { title: 'Changed meanwhile' })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Meanwhile somebody saved “Changed meanwhile”. Save again to replace it.').waitFor()
    assert.equal((await server.call('GET', path)).body.title, 'Changed meanwhile')
    await picture(page, 'single-page-app-conflict')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').waitFor()
    await page.getByText('Changed by me').waitFor()
    assert.equal((await server.call('GET', path)).body.title, 'Changed by me')
    person.assertNothingWrong()
    await person.context.close()
  })
})
