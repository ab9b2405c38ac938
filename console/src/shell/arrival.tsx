import { Progress } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { ScrollRestoration, useLocation, useNavigation } from 'react-router'
import './arrival.css'

/** Shows that a page is being loaded, and takes the focus to its beginning once it is there. */
export function Arrival() {
  const { pathname } = useLocation()
  const { state } = useNavigation()
  const former = useRef(pathname)
  useEffect(() => {
    if (former.current === pathname) return
    former.current = pathname
    focusMain()
  }, [pathname])
  return (
    <>
      {state === 'loading' && (
        <Progress
          className="arriving"
          value={100}
          size={3}
          radius={0}
          animated
          aria-label="Loading the page"
        />
      )}
      <ScrollRestoration />
    </>
  )
}

/** For what takes the place of a whole page without an address of its own: it begins at its beginning, too. */
export function useArrival(): void {
  useEffect(() => {
    focusMain()
    window.scrollTo(0, 0)
  }, [])
}

function focusMain(): void {
  document.getElementById('main')?.focus({ preventScroll: true })
}
