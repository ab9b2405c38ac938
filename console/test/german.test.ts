import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { type ConsoleServer, password, startConsole } from './console-server.ts'
import { picture } from './looks.ts'
import { consolePaths } from './paths.ts'
import { requestKey } from './people.ts'
import { seed } from './seed.ts'
import { settled } from './settled.ts'
import { type Visitor, visit } from './visitor.ts'

type Catalog = Readonly<Record<string, string>>

const catalog: Catalog = JSON.parse(readFileSync(join(import.meta.dirname, '../src/i18n/de.json'), 'utf8'))

/** A sentence in German; one that is not translated yet in English. */
const german = (key: string) => catalog[key] ?? key

/** What a German page must not say. Single words may be names, and `seed` names a key as a placeholder does. */
const english = Object.entries(catalog)
  .filter(
    ([key, text]) =>
      key !== text &&
      key !== 'Payroll export' &&
      key.includes(' ') &&
      !/[{<]/.test(key) &&
      !/_\w+$/.test(key),
  )
  .map(([key]) => key)

/** Everything that the page says, but for what is marked as English, code, and what people wrote. */
const saidScript = `(() => {
  const left = 'script, style, code, pre, [lang="en"], .mono, bdi, [dir="auto"]'
  const said = []
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { currentNode: { nodeValue, parentElement } } = texts
    if (nodeValue.trim() && !parentElement.closest(left)) said.push(nodeValue.trim())
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
    for (const name of ['aria-label', 'title', 'placeholder'])
      if (element.hasAttribute(name) && !element.closest('[lang="en"]')) said.push(element.getAttribute(name).trim())
  return said
})()`

async function assertGerman(page: Page, path: string): Promise<void> {
  assert.equal(await page.locator('html').getAttribute('lang'), 'de', path)
  const said = new Set(await page.evaluate<string[]>(saidScript))
  assert.deepEqual(
    english.filter((key) => said.has(key)),
    [],
    path,
  )
}

async function signInInGerman(browser: Browser, { url }: ConsoleServer, width: number): Promise<Visitor> {
  const visitor = await visit(browser, url, { locale: 'de-DE', width })
  const { page } = visitor
  await page.goto('/sign-in')
  await page.getByLabel('Benutzername oder E-Mail-Adresse').fill('admin')
  await page.getByLabel(german('Password'), { exact: true }).fill(password)
  await page.getByRole('button', { name: german('Sign in'), exact: true }).click()
  await page.waitForURL('**/console')
  await page.getByRole('button', { name: 'Angemeldet als admin' }).waitFor()
  return visitor
}

suite('the console in German', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seed(server)
  const browser = await startChromium()
  const wide = await signInInGerman(browser, server, 1280)
  const narrow = await signInInGerman(browser, server, 390)
  await requestKey(narrow.context)

  test('a German browser sees sign-in, lists and forms in German, and the documentation in English', async () => {
    const guest = await visit(browser, server.url, { locale: 'de-AT' })
    await guest.page.goto('/sign-in')
    await guest.page.getByLabel('Benutzername oder E-Mail-Adresse').waitFor()
    await assertGerman(guest.page, '/sign-in')
    await guest.page.goto('/docs/quick-start')
    await guest.page.getByRole('heading', { level: 1 }).waitFor()
    assert.equal(await guest.page.locator('html').getAttribute('lang'), 'en')
    guest.assertNothingWrong()

    const { page, assertNothingWrong } = wide
    await page.goto('/console/roles')
    await page.getByRole('heading', { level: 1, name: 'Rollen' }).waitFor()
    await page.getByRole('link', { name: 'Neue Rolle' }).click()
    await page.getByRole('button', { name: 'Rolle anlegen' }).waitFor()
    await page.goto('/docs/quick-start')
    await page.getByRole('button', { name: 'Angemeldet als admin' }).waitFor()
    assert.equal(await page.locator('#main').getAttribute('lang'), 'en')
    assertNothingWrong()
  })

  test('dialogs are in German, errors of the API are as the API says them', async () => {
    const { page, expect, assertNothingWrong } = wide
    await page.goto('/console/users/2')
    await page.getByRole('button', { name: 'Sperren', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Nichts geht verloren: „Aktivieren“ stellt alles wieder her.').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(/answer: 4\d\d/, /console: .*4\d\d/)
    await page.goto('/console/users/new')
    await page.getByLabel('Benutzername').fill('a b')
    await page.getByLabel(german('Email')).fill('a@example.org')
    await page.getByLabel(german('Password'), { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Benutzer anlegen' }).click()
    await page.getByText(/^The „Benutzername“ field /).waitFor()
    assertNothingWrong()
  })

  test('dates and numbers are as in German', async () => {
    const { page, assertNothingWrong } = wide
    await page.goto('/console/users/2')
    const time = page.locator('dd time').last()
    const { body } = await server.call('GET', '/api/v1/users/2')
    const local = new Intl.DateTimeFormat('de-DE', {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: 'Europe/Berlin',
    })
    assert.equal(await time.innerText(), local.format(new Date(body.created_at)))
    await page.goto('/console/users')
    await page
      .getByText(/^(gerade eben|just now|vor \d+ (Sek|Min)|heute)/)
      .first()
      .waitFor()
    assertNothingWrong()
  })

  test('the language is switched in the menu of the account and at the sign-in, is remembered, and keeps input', async () => {
    const { page, context, assertNothingWrong } = wide
    await page.goto('/console/users/new')
    await page.getByLabel('Benutzername').fill('half-typed')
    await page.getByRole('button', { name: 'Angemeldet als admin' }).click()
    await page.getByRole('menuitem', { name: 'English' }).click()
    await page.getByRole('button', { name: 'Create user' }).waitFor()
    assert.equal(await page.getByLabel('Username').inputValue(), 'half-typed')
    assert.equal(await page.locator('html').getAttribute('lang'), 'en')
    await page.getByLabel('Username').fill('')
    await page.goto('/console/roles')
    await page.getByRole('heading', { level: 1, name: 'Roles' }).waitFor()

    await context.clearCookies()
    await page.goto('/sign-in')
    await page.getByLabel('Username or email').waitFor()
    await page.getByRole('button', { name: 'Deutsch' }).click()
    await page.getByLabel('Benutzername oder E-Mail-Adresse').waitFor()
    await page.reload()
    await page.getByLabel('Benutzername oder E-Mail-Adresse').waitFor()
    await picture(page, 'german-sign-in')
    wide.expect(/401/)
    assertNothingWrong()
  })

  for (const path of ['/sign-in', '/key-request', ...consolePaths]) {
    test(`${path} is in German, accessible, and no wider than a telephone`, async () => {
      const { page, assertNothingWrong } = narrow
      await page.goto(path)
      await settled(page)
      await assertGerman(page, path)
      await picture(page, `german-${path.slice(1).replace(/\W+/g, '-')}`)
      const needed = await page.evaluate('document.documentElement.scrollWidth')
      assert.ok(Number(needed) <= 390, `${path} needs ${needed} px`)
      await assertAccessible(page)
      assertNothingWrong()
    })
  }
})
