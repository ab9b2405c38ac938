import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Json } from '../../server/test/harness.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { picture } from './looks.ts'
import { seedContent } from './seed.ts'
import { visit } from './visitor.ts'

suite('devices', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()

  const ask = async (path: string, fields: Record<string, string>) => {
    const body = new URLSearchParams(fields)
    const answer = await fetch(`${server.url}/api/v1/oauth/${path}`, { method: 'POST', body })
    return (await answer.json()) as Json
  }

  test('a person signs in, types the code of a device, and allows it', async () => {
    const { body: application } = await server.call('POST', '/api/v1/applications', {
      name: 'Archive tool',
      kind: 'native',
      redirect_uris: [],
      scopes: ['documents:read'],
    })
    const device = await ask('device_authorization', { client_id: application.client_id })
    const { page, assertNothingWrong } = await visit(browser, server.url, { width: 390 })
    await page.goto('/device')
    await page.waitForURL('**/sign-in?next=%2Fdevice')
    await page.getByLabel('Username or email').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    const code = page.getByLabel('Code')
    await code.fill('BCDF GHJK')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('No device shows this code now.').waitFor()
    await assertAccessible(page)
    await picture(page, 'device-unknown')
    await code.fill(device.user_code.toLowerCase().replace('-', ' '))
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Allow Archive tool to act for you?' }).waitFor()
    await page.getByText(device.user_code, { exact: true }).waitFor()
    await assertAccessible(page)
    await picture(page, 'device-consent')
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await page.getByRole('heading', { name: 'Archive tool is signed in' }).waitFor()
    await picture(page, 'device-done')
    const { scope } = await ask('token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: application.client_id,
      device_code: device.device_code,
    })
    assert.equal(scope, 'documents:read')
    assertNothingWrong()
  })
})
