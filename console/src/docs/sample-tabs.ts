/**
 * The tabs of samples in several languages, of which console/guides/sample-tabs.ts makes the HTML. A choice holds for every
 * group of the page that has the language, and for the pages that are opened afterwards.
 */
const key = 'docs-sample-language'

/** Opens what the reader chose before, where it is there. */
export function openChosen(guide: Element): void {
  const label = localStorage.getItem(key)
  if (label !== null) open(guide, label)
}

export function choose(tab: HTMLElement, guide: Element): void {
  const { label } = tab.dataset
  if (label === undefined) return
  localStorage.setItem(key, label)
  // Groups above change their height as well; what the reader looks at stays where it is.
  const before = tab.getBoundingClientRect().top
  open(guide, label)
  scrollBy(0, tab.getBoundingClientRect().top - before)
}

/** The keys of a tab list (ARIA practices): arrows go round, Home and End to the ends. @returns whether it was one */
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
