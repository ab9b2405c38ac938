import { Progress } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { ScrollRestoration, useLocation, useNavigation } from 'react-router'
import { t } from '../i18n/t.ts'
import './arrival.css'

/** Shows that a page is loading, and moves the focus to its start once it is there. */
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
          aria-label={t('Loading the page')}
        />
      )}
      <ScrollRestoration />
    </>
  )
}

/** For content that replaces a whole page under the same address: it starts at the top as well. */
export function useArrival(): void {
  useEffect(() => {
    focusMain()
    window.scrollTo(0, 0)
  }, [])
}

function focusMain(): void {
  document.getElementById('main')?.focus({ preventScroll: true })
}
