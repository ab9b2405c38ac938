import { type MouseEvent, memo, useMemo } from 'react'
import { useNavigate } from 'react-router'
import './code.css'
import './guide-text.css'
import { copyText } from '../parts/copy-button.tsx'
import { type Guide, originMark } from './guide.ts'

const shownMs = 2_000

/**
 * The text of a guide. Its HTML was made of our own Markdown when the site was built; what happens on a click is decided
 * here for all of it: links within the site change the page without loading it, and code is copied.
 */
export const GuideBody = memo(function GuideBody({ guide }: { guide: Guide }) {
  const navigate = useNavigate()
  const html = useMemo(() => guide.html.replaceAll(originMark, location.origin), [guide])
  const onClick = (event: MouseEvent) => {
    if (!(event.target instanceof Element)) return
    const button = event.target.closest<HTMLButtonElement>('button.copy')
    if (button) return void copyFrom(button)
    const href = event.target.closest('a')?.getAttribute('href')
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
    if (!href || !/^[/#]/.test(href) || opensElsewhere) return
    event.preventDefault()
    navigate(href)
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a link or a button that is used by keyboard is clicked, too
    <article
      className="guide-text"
      onClick={onClick}
      // Made by console/guides/markdown.ts, which lets no HTML through
      dangerouslySetInnerHTML={{ __html: html }}
    />
  )
})

async function copyFrom(button: HTMLButtonElement): Promise<void> {
  await copyText(button.parentElement?.querySelector('pre')?.textContent ?? '')
  say(button, 'Copied')
  setTimeout(() => say(button, 'Copy'), shownMs)
}

/** The label says it, and the picture follows the label. */
function say(button: HTMLButtonElement, label: 'Copy' | 'Copied'): void {
  button.setAttribute('aria-label', label)
  button.title = label
}
