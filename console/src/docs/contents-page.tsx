import { Link, useLoaderData } from 'react-router'
import { Page } from '../shell/page.tsx'
import type { SearchEntry } from './guide.ts'
import './guide-text.css'
import './contents-page.css'

interface Part {
  title: string
  to: string
  entries: readonly SearchEntry[]
}

export async function loadContents(): Promise<Part[]> {
  return partsOf((await import('virtual:guide-search')).entries)
}

/** What the search knows, on one page: for readers without scripts, and for the search of the browser. */
export function ContentsPage() {
  const parts = useLoaderData<Part[]>()
  return (
    <Page
      title="Contents"
      lead="Every section, setting and endpoint. To find a word on this page, press Ctrl+F."
    >
      <div className="guide-text contents-page">
        {parts.map(({ title, to, entries }) => (
          <section key={to}>
            <h2>
              <Link to={to}>{title}</Link>
            </h2>
            {entries.length > 0 && (
              <ul>
                {entries.map(({ kind, to, heading, page }) => (
                  <li key={to}>
                    <Link to={to} className={kind === 'section' ? undefined : 'mono'}>
                      {heading}
                    </Link>
                    {kind === 'endpoint' && <span className="quiet"> {page}</span>}
                  </li>
                ))}
              </ul>
            )}
          </section>
        ))}
      </div>
    </Page>
  )
}

/** The start of a page has its title as its heading; endpoints follow that of the reference. */
function partsOf(entries: readonly SearchEntry[]): Part[] {
  const parts: (Part & { entries: SearchEntry[] })[] = []
  for (const entry of entries) {
    const { kind, to, page, heading } = entry
    if (kind === 'section' && page === heading && !to.includes('#'))
      parts.push({ title: heading, to, entries: [] })
    else parts.at(-1)?.entries.push(entry)
  }
  return parts
}
