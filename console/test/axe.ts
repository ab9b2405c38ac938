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

/** The rules whose outcome depends on the theme. */
export const colourRules = ['color-contrast', 'link-in-text-block']

/**
 * Looks at the page with the eyes of somebody who does not see it.
 * @param rules those to hold it against; none for all
 * @throws with what axe finds, element by element
 */
export async function assertAccessible(page: Page, rules: readonly string[] = []): Promise<void> {
  await page.evaluate(source)
  const options = JSON.stringify(rules.length === 0 ? {} : { runOnly: rules })
  const violations = (await page.evaluate(
    `axe.run(${options}).then(({ violations }) => violations)`,
  )) as Violation[]
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary}`),
  )
  assert.deepEqual(found, [])
}
