import { suite, test } from 'node:test'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

suite('what opens above a page', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await seedContent(server)

  for (const theme of ['light', 'dark'] as const) {
    test(`dialogs, menus, suggestions and warnings are accessible, ${theme}`, async () => {
      const visitor = await signIn(browser, server, 'admin', { theme })
      const { page } = visitor
      // Half faded in, nothing has the contrast that it will have.
      await page.emulateMedia({ reducedMotion: 'reduce' })
      const { body } = await server.call('POST', '/api/v1/documents', {
        title: 'Minutes',
        content: 'One\nTwo',
      })
      await page.goto('/console/documents')
      await page.getByRole('combobox', { name: 'Author' }).fill('m')
      await page.getByRole('option', { name: 'member21' }).waitFor()
      await assertAccessible(page)

      await page.goto(`/console/documents/${body.id}`)
      await page.getByRole('button', { name: 'Schedule' }).click()
      await page.getByLabel('Publish at').waitFor()
      await assertAccessible(page)
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).waitFor()
      await assertAccessible(page)
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByRole('dialog', { name: 'Delete “Minutes”?' }).waitFor()
      await assertAccessible(page)
      await page.keyboard.press('Escape')

      visitor.expect(/412/)
      await page.getByRole('link', { name: 'Edit' }).click()
      await page.getByLabel('Text', { exact: true }).fill('Mine')
      await server.call('PATCH', `/api/v1/documents/${body.id}`, { title: 'Theirs', content: 'One\nThree' })
      await page.getByRole('button', { name: 'Save draft' }).click()
      await page.getByRole('region', { name: 'Their changes to the text' }).waitFor()
      await assertAccessible(page)
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor()
      await assertAccessible(page)
      await page.getByRole('button', { name: 'Leave and discard my changes' }).click()

      await page.goto(`/console/documents/${body.id}`)
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('button', { name: 'Undo' }).waitFor()
      await assertAccessible(page)
      visitor.assertNothingWrong()
      await visitor.context.close()
    })
  }
})
