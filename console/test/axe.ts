import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  id: string
  help: string
  nodes: { target: string[]; failureSummary: string }[]
}

/** Looks at the page with the eyes of somebody who does not see it. @throws with what axe finds, element by element */
export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(source)
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[]
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary}`),
  )
  assert.deepEqual(found, [])
}
