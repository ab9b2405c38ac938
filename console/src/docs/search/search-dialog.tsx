import { entries } from 'virtual:guide-search'
import { Modal, TextInput } from '@mantine/core'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { Icon } from '../../parts/icon.tsx'
import { find, type Hit } from './find.ts'
import { Marked } from './marked.tsx'

/** The search field and its results. The arrows choose, Enter opens, Escape closes; the focus stays in the field. */
export function SearchDialog({ onClose, onOpen }: { onClose(): void; onOpen(path: string): void }) {
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState(0)
  const hits = useMemo(() => find(entries, query), [query])
  const id = useId()
  const listRef = useRef<HTMLDivElement>(null)
  useEffect(() => {
    listRef.current?.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }, [chosen])

  const openHit = (hit: Hit | undefined) => {
    if (!hit) return
    onClose()
    onOpen(hit.entry.to)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Enter') openHit(hits[chosen])
    else if (step && hits.length > 0) setChosen((chosen + step + hits.length) % hits.length)
    else return
    event.preventDefault()
  }
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size="lg"
      padding={0}
      yOffset="8vh"
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label="Search the documentation">
        <TextInput
          data-autofocus
          className="search-field"
          variant="unstyled"
          size="md"
          placeholder="Search guides and calls"
          leftSection={<Icon name="search" />}
          value={query}
          onChange={({ currentTarget }) => {
            setQuery(currentTarget.value)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
          role="combobox"
          aria-label="Search guides and calls"
          aria-expanded={hits.length > 0}
          aria-controls={`${id}-hits`}
          aria-activedescendant={hits.length > 0 ? `${id}-${chosen}` : undefined}
          autoComplete="off"
          spellCheck={false}
        />
        {hits.length > 0 && (
          <div
            className="hits"
            role="listbox"
            id={`${id}-hits`}
            aria-label="Found"
            ref={listRef}
            tabIndex={-1}
          >
            {hits.map((hit, i) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus, and its keys choose
              <div
                key={hit.entry.to}
                id={`${id}-${i}`}
                role="option"
                tabIndex={-1}
                aria-selected={i === chosen}
                className="hit"
                onClick={() => openHit(hit)}
                onMouseMove={() => setChosen(i)}
              >
                <HitText hit={hit} />
              </div>
            ))}
          </div>
        )}
        <p className="search-state" role="status">
          {stateOf(query, hits)}
        </p>
      </Modal.Content>
    </Modal.Root>
  )
}

function HitText({ hit: { entry, excerpt, words } }: { hit: Hit }) {
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
  if (query.trim() === '') return 'Search for an error code, a header, a setting or a path.'
  if (hits.length === 0) return `No results for ${query.trim()}.`
  if (!hits[0]?.isWhole) return 'No result has all of these words; these come closest.'
  return hits.length === 1 ? '1 place' : `${hits.length} places`
}
