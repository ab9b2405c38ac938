import { test } from 'node:test'
import { freePort } from '../../server/src/config/free-port.ts'
import { blocks, guideHost, lacksNginx, proxyLogin, startNginx } from '../../server/test/nginx.ts'
import { skip as lacksChromium, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { visit } from './visitor.ts'

const title = 'the console works behind the password of a proxy, as the guide sets it up'
const skip = lacksNginx || lacksChromium

if (skip) test(title, { skip }, () => {})
else await testBehindPassword()

async function testBehindPassword(): Promise<void> {
  const port = await freePort('127.0.0.1')
  const url = `https://${guideHost}`
  const server = await startConsole({ COMSERV_PUBLIC_URL: url, COMSERV_TRUST_PROXY: '127.0.0.1' })
  await server.user('admin', 'admin')
  await startNginx(blocks.withPassword, { upstream: server.url, port })
  const browser = await startChromium(`--host-resolver-rules=MAP ${guideHost}:443 127.0.0.1:${port}`)

  test(title, async () => {
    const visitor = await visit(browser, url, { httpCredentials: proxyLogin, ignoreHTTPSErrors: true })
    // The browser learns from a 401 that a password is wanted; the session does not exist before the sign-in.
    visitor.expect(/\b401\b/)
    const { page } = visitor
    await page.goto('/console/documents/new')
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByLabel('Title', { exact: true }).fill('Behind a password')
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByRole('heading', { name: 'Behind a password' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Behind a password' }).waitFor()
    visitor.assertNothingWrong()
  })
}
