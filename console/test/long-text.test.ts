import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { assertReachable } from './reach.ts'

const widths = [320, 390, 1280]
const unbroken = 'Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz'.repeat(5)
const contents = {
  'text/plain': `${'a long paragraph without any break '.repeat(160)}\n${unbroken}`,
  'text/html': `<p>${'a long paragraph without any break '.repeat(160)}${unbroken}</p>`,
  'application/json': JSON.stringify({ [unbroken]: 'a long paragraph without any break '.repeat(160) }),
  'text/markdown': `# ${unbroken}\n\n${unbroken}\n\n- ${unbroken}\n\n> ${unbroken}\n\n\`${unbroken}\`\n\n    ${unbroken}\n\n| a | b |\n| --- | --- |\n| ${unbroken} | ${unbroken} |\n`,
}

/** Text that runs out of its box, and of no box that scrolls: it may lie over its neighbour, and widen nothing. */
const runningOut = `[...document.querySelectorAll('main *')].filter((element) =>
  element.scrollWidth > element.clientWidth + 1 &&
  getComputedStyle(element).overflowX === 'visible' &&
  getComputedStyle(element).display !== 'inline' &&
  !element.closest('svg, .icon') &&
  element.getBoundingClientRect().x + element.scrollWidth > innerWidth
).map((element) => element.outerHTML.slice(0, 120))`

suite('long texts and long words', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const { page, assertNothingWrong } = await signIn(browser, server)
  const created = async (path: string, json: unknown): Promise<number> =>
    (await server.call('POST', `/api/v1/${path}`, json)).body.id

  test('a document of any type is no wider than its page', async () => {
    for (const [content_type, content] of Object.entries(contents)) {
      const title = `${content_type} ${unbroken}`.slice(0, 300)
      const id = await created('documents', { title, category: unbroken.slice(0, 50), content_type, content })
      await server.call('PATCH', `/api/v1/documents/${id}`, { content: `${content} ` })
      for (const path of ['', '/edit', '/revisions', '/revisions/1']) {
        await page.goto(`/console/documents/${id}${path}`)
        await assertHolds(page)
      }
    }
    await page.goto('/console/documents')
    await assertHolds(page)
    assertNothingWrong()
  })

  test('a person, a key and a webhook with long names are no wider than their pages', async () => {
    const user = await created('users', {
      username: 'w'.repeat(50),
      email: `${'w'.repeat(60)}@${'w'.repeat(60)}.example`,
      password,
      profile: { first_name: unbroken.slice(0, 100), last_name: unbroken.slice(0, 100), bio: unbroken },
    })
    const key = await created('credentials', { name: unbroken.slice(0, 100), scopes: ['read'] })
    const webhook = await created('webhooks', {
      url: `http://127.0.0.1:9/${unbroken.slice(0, 200)}`,
      events: ['user.created'],
      description: unbroken.slice(0, 200),
    })
    for (const path of [
      'users',
      `users/${user}`,
      `users/${user}/edit`,
      'developer/credentials',
      `developer/credentials/${key}`,
      'developer/webhooks',
      `developer/webhooks/${webhook}`,
      'developer/events',
      'audit',
    ]) {
      await page.goto(`/console/${path}`)
      await assertHolds(page)
    }
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto('/console/developer/webhooks')
    const name = page.locator('.webhook-name')
    for (const part of ['a', '.quiet']) {
      const { width = 0 } = (await name.locator(part).boundingBox()) ?? {}
      assert.ok(width > 80, `the ${part} of a webhook has ${width} px`)
    }
    assertNothingWrong()
  })
})

async function assertHolds(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    const where = `${new URL(page.url()).pathname} at ${width} px`
    const needed = await page.evaluate('document.documentElement.scrollWidth')
    assert.ok(Number(needed) <= width, `${where} needs ${needed} px`)
    assert.deepEqual(await page.evaluate(runningOut), [], where)
    await assertReachable(page, where)
  }
}
