import type { Browser } from 'playwright-core'
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
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/console')
  // The page of the sign-in has a heading, too, and stays until the other one is there.
  await page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor()
  return visitor
}
