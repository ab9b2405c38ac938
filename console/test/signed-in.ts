import type { Browser } from 'playwright-core'
import { type ConsoleServer, password } from './console-server.ts'
import { type Look, type Visitor, visit } from './visitor.ts'

/** A person who has signed in already, in a browser of their own. */
export async function signedIn(
  browser: Browser,
  server: ConsoleServer,
  username: string,
  look: Look = {},
): Promise<Visitor> {
  const visitor = await visit(browser, server.url, look)
  const { page } = visitor
  await page.goto('/sign-in?next=%2Fconsole%2Fusers')
  await page.getByLabel('Username or email').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/console/users')
  visitor.assertNothingWrong()
  return visitor
}
