import { type KeyboardEvent, type MouseEvent, memo, useLayoutEffect, useMemo, useRef } from 'react'
import { useNavigate } from 'react-router'
import './code.css'
import './guide-text.css'
import './sample-tabs.css'
import { siteOrigin } from '../site.ts'
import { type Guide, originMark } from './guide.ts'
import { copyOnClick, tabOnClick, tabOnKey } from './guide-actions.ts'
import { openChosen } from './sample-tabs.ts'

/**
 * The text of a guide. Its HTML was built from our own Markdown; clicks are handled here for all of it: links within the
 * site change the page without loading it, code is copied, and samples are chosen by language.
 */
export const GuideBody = memo(function GuideBody({ guide }: { guide: Guide }) {
  const navigate = useNavigate()
  const html = useMemo(() => guide.html.replaceAll(originMark, siteOrigin), [guide])
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
