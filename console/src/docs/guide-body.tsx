import { type KeyboardEvent, type MouseEvent, memo, useLayoutEffect, useMemo, useRef } from 'react'
import { useNavigate } from 'react-router'
import './code.css'
import './guide-text.css'
import './sample-tabs.css'
import { copyText } from '../parts/copy-button.tsx'
import { type Guide, originMark } from './guide.ts'
import { choose, chooseByKey, openChosen } from './sample-tabs.ts'

const shownMs = 2_000

/**
 * The text of a guide. Its HTML was built from our own Markdown; clicks are handled here for all of it: links within the
 * site change the page without loading it, code is copied, and samples are chosen by language.
 */
export const GuideBody = memo(function GuideBody({ guide }: { guide: Guide }) {
  const navigate = useNavigate()
  const html = useMemo(() => guide.html.replaceAll(originMark, location.origin), [guide])
  const text = useRef<HTMLElement>(null)
  // Each text has its own tabs.
  useLayoutEffect(() => {
    if (text.current) openChosen(text.current)
  }, [html])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const tab = tabOf(event.target)
    if (tab && chooseByKey(event.key, tab, event.currentTarget)) event.preventDefault()
  }
  const onClick = (event: MouseEvent<HTMLElement>) => {
    if (!(event.target instanceof Element)) return
    const button = event.target.closest<HTMLButtonElement>('button.copy')
    if (button) return void copyFrom(button)
    const tab = tabOf(event.target)
    if (tab) return choose(tab, event.currentTarget)
    const href = event.target.closest('a')?.getAttribute('href')
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
    if (!href || !/^[/#]/.test(href) || opensElsewhere) return
    event.preventDefault()
    navigate(href)
  }
  return (
    <article
      ref={text}
      className="guide-text"
      onClick={onClick}
      onKeyDown={onKeyDown}
      // Made by console/guides/markdown.ts, which allows no HTML
      dangerouslySetInnerHTML={{ __html: html }}
    />
  )
})

function tabOf(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[role=tab]') : null
}

async function copyFrom(button: HTMLButtonElement): Promise<void> {
  await copyText(button.parentElement?.querySelector('pre')?.textContent ?? '')
  say(button, 'Copied')
  setTimeout(() => say(button, 'Copy'), shownMs)
}

/** The icon follows the label. */
function say(button: HTMLButtonElement, label: 'Copy' | 'Copied'): void {
  button.setAttribute('aria-label', label)
  button.title = label
}
