import { readText, storeText } from '../parts/stored.ts'

/**
 * The tabs of samples in several languages; console/guides/sample-tabs.ts builds their HTML. A choice applies to every
 * group on the page that has the language, and to pages opened later.
 */
const key = 'docs-sample-language'

/** Opens the language chosen before, if present. */
export function openChosen(guide: Element): void {
  const label = readText(key)
  if (label !== null) open(guide, label)
}

export function choose(tab: HTMLElement, guide: Element): void {
  const { label } = tab.dataset
  if (label === undefined) return
  storeText(key, label)
  // Groups above change height too; keep the clicked one in place.
  const before = tab.getBoundingClientRect().top
  open(guide, label)
  scrollBy(0, tab.getBoundingClientRect().top - before)
}

/** The keys of a tab list (ARIA practices): arrows go round, Home and End to the ends. @returns whether it was */
export function chooseByKey(key: string, tab: HTMLElement, guide: Element): boolean {
  const tabs = [...(tab.parentElement?.children ?? [])] as HTMLElement[]
  const at = tabs.indexOf(tab)
  const places: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }
  const place = places[key]
  if (place === undefined) return false
  const next = tabs.at(place % tabs.length)
  if (next === undefined) return false
  choose(next, guide)
  next.focus({ preventScroll: true })
  return true
}

function open(guide: Element, label: string): void {
  for (const group of guide.querySelectorAll('.sample-tabs')) {
    const tabs = [...group.querySelectorAll<HTMLElement>('[role=tab]')]
    if (!tabs.some((tab) => tab.dataset.label === label)) continue
    for (const tab of tabs) {
      const isChosen = tab.dataset.label === label
      tab.setAttribute('aria-selected', String(isChosen))
      tab.tabIndex = isChosen ? 0 : -1
      const panel = document.getElementById(tab.getAttribute('aria-controls') ?? '')
      if (panel) panel.hidden = !isChosen
    }
  }
}
