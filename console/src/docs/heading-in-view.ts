/** Below the bar, with room for the scroll margin of anchors. */
const readingLinePx = 110

/** The section that is being read: the last heading above the reading line. */
export function headingInView(headings: readonly { id: string }[]): string | undefined {
  return headings.filter(({ id }) => topOf(id) <= readingLinePx).at(-1)?.id
}

/** Looks now and whenever the reader scrolls, once a frame. @returns ends it */
export function onReading(look: () => void): () => void {
  let frame = 0
  const onScroll = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      look()
    })
  }
  look()
  addEventListener('scroll', onScroll, { passive: true })
  return () => {
    cancelAnimationFrame(frame)
    removeEventListener('scroll', onScroll)
  }
}

function topOf(id: string): number {
  return document.getElementById(id)?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY
}
