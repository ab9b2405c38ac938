import { entries } from 'virtual:guide-search'
import { useMemo, useState } from 'react'
import { t } from '../../i18n/t.ts'
import { Chooser } from './chooser.tsx'
import { find, type Hit } from './find.ts'
import { Marked } from './marked.tsx'

/** The search of the documentation. */
export function SearchDialog({ onClose, onOpen }: { onClose(): void; onOpen(path: string): void }) {
  const [query, setQuery] = useState('')
  const hits = useMemo(() => find(entries, query), [query])
  return (
    <Chooser
      label={t('Search the documentation')}
      placeholder={t('Search guides and endpoints')}
      query={query}
      onQuery={setQuery}
      groups={[{ options: hits.map((hit) => ({ key: hit.entry.to, content: <HitText hit={hit} /> })) }]}
      onChoose={(path) => {
        onClose()
        onOpen(path)
      }}
      onClose={onClose}
      state={stateOf(query, hits)}
    />
  )
}

export function HitText({ hit: { entry, excerpt, words } }: { hit: Hit }) {
  const { page, heading } = entry
  return (
    <>
      <div className="hit-title">
        <strong>
          <Marked text={heading} words={words} />
        </strong>
        {page !== heading && <span className="quiet">{page}</span>}
      </div>
      <div className="hit-text">
        <Marked text={excerpt} words={words} />
      </div>
    </>
  )
}

function stateOf(query: string, hits: readonly Hit[]): string {
  if (query.trim() === '') return t('Search for an error code, a header, a setting or a path.')
  if (hits.length === 0) return t('No results for {{words}}.', { words: query.trim() })
  if (!hits[0]?.isWhole) return t('No result has all of these words; these come closest.')
  return t('{{count}} places', { count: hits.length })
}
