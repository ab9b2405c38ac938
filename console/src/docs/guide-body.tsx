import { type KeyboardEvent, type MouseEvent, memo, useLayoutEffect, useMemo, useRef } from 'react'
import { useNavigate } from 'react-router'
import './code.css'
import './guide-text.css'
import './sample-tabs.css'
import { isPrerendered, siteOrigin, supportContact } from '../site.ts'
import { type Guide, originMark, supportMark } from './guide.ts'
import { copyOnClick, tabOnClick, tabOnKey } from './guide-actions.ts'
import { openChosen } from './sample-tabs.ts'

/**
 * The text of a guide. Its HTML was built from our own Markdown; clicks are handled here for all of it: links within the
 * site change the page without loading it, code is copied, and samples are chosen by language.
 */
export const GuideBody = memo(function GuideBody({ guide }: { guide: Guide }) {
  const navigate = useNavigate()
  const html = useMemo(() => withNames(guide.html), [guide])
  const text = useRef<HTMLElement>(null)
  // Each text has its own tabs.
  useLayoutEffect(() => {
    if (text.current) openChosen(text.current)
  }, [html])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (tabOnKey(event.key, event.target, event.currentTarget)) event.preventDefault()
  }
  const onClick = (event: MouseEvent<HTMLElement>) => {
    if (!(event.target instanceof Element)) return
    if (copyOnClick(event.target) || tabOnClick(event.target, event.currentTarget)) return
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

/** As the server writes them into the prerendered page. */
function withNames(html: string): string {
  const named = html.replaceAll(originMark, siteOrigin)
  return isPrerendered ? named : named.replaceAll(supportMark, contactHtml)
}

function contactHtml(): string {
  if (!supportContact) return ''
  const paragraph = document.createElement('p')
  const link = document.createElement('a')
  link.href = supportContact
  link.textContent = supportContact.replace(/^mailto:/, '')
  paragraph.append('Contact: ', link)
  return paragraph.outerHTML
}
