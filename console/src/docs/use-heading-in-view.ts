import { useEffect, useState } from 'react'
import type { Heading } from './guide.ts'

/** Below the bar, with room for the scroll margin of anchors. */
const readingLinePx = 110

/** The section that is being read: the last heading above the reading line. */
export function useHeadingInView(headings: readonly Heading[]): string | undefined {
  const [current, setCurrent] = useState<string>()
  useEffect(() => {
    let frame = 0
    const look = () => {
      frame = 0
      const above = headings.filter(({ id }) => topOf(id) <= readingLinePx)
      setCurrent(above.at(-1)?.id)
    }
    const onScroll = () => {
      frame ||= requestAnimationFrame(look)
    }
    look()
    addEventListener('scroll', onScroll, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', onScroll)
    }
  }, [headings])
  return current
}

function topOf(id: string): number {
  return document.getElementById(id)?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY
}
