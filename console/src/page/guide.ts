import { copyOnClick, tabOnClick, tabOnKey } from '../docs/guide-actions.ts'
import { headingInView, onReading } from '../docs/heading-in-view.ts'
import { openChosen } from '../docs/sample-tabs.ts'

/** Copy buttons, sample tabs, and the section that is being read; the first of these on pages of endpoints, too. */
export function enhanceGuide(): void {
  const guide = document.querySelector<HTMLElement>('.guide-text, .operation')
  if (!guide) return
  nameThisServer(guide)
  openChosen(guide)
  guide.addEventListener('click', ({ target }) => {
    if (target instanceof Element && !copyOnClick(target)) tabOnClick(target, guide)
  })
  guide.addEventListener('keydown', (event) => {
    if (tabOnKey(event.key, event.target, guide)) event.preventDefault()
  })
  const links = [...document.querySelectorAll<HTMLAnchorElement>('.contents a')]
  const headings = links.map(({ hash }) => ({ id: decodeURIComponent(hash.slice(1)) }))
  onReading(() => {
    const current = headingInView(headings)
    for (const [i, link] of links.entries())
      link.toggleAttribute('data-here', current !== undefined && headings[i]?.id === current)
  })
}

/** The server writes its public address; somebody may read under another one that works for them. */
function nameThisServer(guide: HTMLElement): void {
  const named = document.querySelector<HTMLMetaElement>('meta[name="origin"]')?.content ?? ''
  if (named === '' || named === location.origin) return
  const texts = document.createTreeWalker(guide, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { currentNode } = texts
    if (currentNode.nodeValue?.includes(named) && currentNode.parentElement?.closest('pre'))
      currentNode.nodeValue = currentNode.nodeValue.replaceAll(named, location.origin)
  }
}
