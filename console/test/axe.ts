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
 * Ends what is under way: a button that still fades in has a contrast of its own. A transition begins with the next
 * frame at the earliest; what moves for ever (a loader) stays as it is.
 */
const atRest = `(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done))
  const moving = () => document.getAnimations().filter(
    (animation) => animation.playState === 'running' && Number.isFinite(animation.effect?.getComputedTiming().endTime),
  )
  await frame()
  await frame()
  while (moving().length > 0) {
    for (const animation of moving()) animation.finish()
    await frame()
    await frame()
  }
})()`

/**
 * Looks at the page with the eyes of somebody who does not see it.
 * @param rules those to hold it against; none for all
 * @throws with what axe finds, element by element
 */
export async function assertAccessible(page: Page, rules: readonly string[] = []): Promise<void> {
  await page.evaluate(source)
  // A fault stays; a transition that begins under axe's eyes does not.
  if ((await faults(page, rules)).length > 0) assert.deepEqual(await faults(page, rules), [])
}

async function faults(page: Page, rules: readonly string[]): Promise<string[]> {
  await page.evaluate(atRest)
  const options = JSON.stringify(rules.length === 0 ? {} : { runOnly: rules })
  const violations = (await page.evaluate(
    `axe.run(${options}).then(({ violations }) => violations)`,
  )) as Violation[]
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary}`),
  )
}
