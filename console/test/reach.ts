import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

/**
 * Brings each control into view as the keyboard does, downwards to the lower edge and upwards to the upper one, and looks
 * what a pointer meets there: on the left, in the middle and on the right of it.
 */
const covered = `(() => {
  const isControl = (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    !element.disabled &&
    !element.closest('[inert], [aria-hidden="true"], .skip-link')
  const open = document.querySelector('[role="dialog"]') ?? document
  const controls = [...open.querySelectorAll('a[href], button, input, select, textarea, summary')].filter(isControl)
  const belongs = (element, met) =>
    element.contains(met) || [...(element.labels ?? [])].some((label) => label.contains(met))
  const nameOf = (element) =>
    (element.ariaLabel || element.labels?.[0]?.innerText || element.innerText || element.outerHTML).slice(0, 80)
  const found = new Set()
  const look = (element) => {
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const [box] = element.getClientRects()
    for (const part of [0.2, 0.5, 0.8]) {
      const met = document.elementFromPoint(box.x + box.width * part, box.y + box.height / 2)
      if (!belongs(element, met)) {
        found.add(nameOf(element) + ' under ' + (met ? met.outerHTML.slice(0, 120) : 'nothing: outside the window'))
        return
      }
    }
  }
  controls.forEach(look)
  controls.reverse().forEach(look)
  window.scrollTo(0, 0)
  return [...found]
})()`

/** Fails when something lies over a control, or when a control lies where nobody gets. */
export async function assertReachable(page: Page, where: string): Promise<void> {
  assert.deepEqual(await page.evaluate(covered), [], where)
}
