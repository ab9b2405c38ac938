import type { ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import '../shell/nav.css'

/** A navigation link. An anchor is never marked as current: its page is. */
export function NavPlace({ to, title, children }: { to: string; title: string; children?: ReactNode }) {
  const { pathname } = useLocation()
  const isHere = pathname === to
  return (
    <li>
      <Link
        to={to}
        className={isHere ? 'nav-link active' : 'nav-link'}
        aria-current={isHere ? 'page' : undefined}
      >
        {children ?? title}
      </Link>
    </li>
  )
}
