import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

interface Found {
  id: string
  help: string
  nodes: { html: string; failureSummary: string }[]
}

/** Fails with what axe finds on the page as it is now. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  // Past the policy of the page, which allows no script that it did not bring.
  await page.evaluate(source)
  const found = (await page.evaluate('axe.run(document).then(({ violations }) => violations)')) as Found[]
  const told = found.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.map(({ html }) => html).slice(0, 3),
  }))
  assert.deepEqual(told, [], `axe, ${where}`)
}
