import assert from 'node:assert/strict'
import type { Browser, BrowserContext } from 'playwright-core'
import { type ConsoleServer, password } from './console-server.ts'
import { type Look, type Visitor, visit } from './visitor.ts'

/** Somebody who has signed in, and stands at the overview. */
export async function signIn(
  browser: Browser,
  { url }: ConsoleServer,
  username = 'admin',
  look: Look = {},
): Promise<Visitor> {
  const visitor = await visit(browser, url, look)
  const { page } = visitor
  await page.goto('/sign-in')
  await page.getByLabel('Username or email').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL('**/console')
  // The page of the sign-in has a heading, too, and stays until the other one is there.
  await page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor()
  return visitor
}

/** Asks for a key, so that a request has a page. */
export async function requestKey({ request }: BrowserContext): Promise<void> {
  const { csrf_token } = await (await request.get('/api/v1/session')).json()
  const answer = await request.post('/api/v1/credential-requests', {
    headers: { 'x-csrf-token': csrf_token },
    data: { name: 'Payroll', scopes: ['read'], reason: 'Exports the payroll every night.' },
  })
  assert.equal(answer.status(), 201, await answer.text())
}
