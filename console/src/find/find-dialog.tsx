import { entries } from 'virtual:guide-search'
import { Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMemo, useState } from 'react'
import { sentenceOf } from '../api/problem.ts'
import { Chooser, type OptionGroup } from '../docs/search/chooser.tsx'
import { find } from '../docs/search/find.ts'
import { Marked } from '../docs/search/marked.tsx'
import { usePlaces as useExtensionPlaces } from '../extensions/places.tsx'
import { t } from '../i18n/t.ts'
import { useMay } from '../session/use-session.ts'
import { placesFor } from '../shell/menu-places.ts'
import { type Found, useFound } from './use-found.ts'

const typingPauseMs = 200
const guidesMax = 4

/** One search over pages of the console, records and the documentation, as far as the person may see them. */
export function FindDialog({ onClose, onOpen }: { onClose(): void; onOpen(path: string): void }) {
  const [query, setQuery] = useState('')
  const words = query.trim()
  const [settled] = useDebouncedValue(words, typingPauseMs)
  const places = usePlaces(words)
  const guides = useMemo(() => (words === '' ? [] : guidesOf(words)), [words])
  const { records, problems, isPending } = useFound(settled)
  const shown = words === '' ? [places] : [places, ...records, guides]
  const groups = shown.filter(({ length }) => length > 0).map((found) => groupOf(found, words))
  const isSearching = isPending || words !== settled
  return (
    <Chooser
      label={t('Find anything')}
      placeholder={t('Search records, pages and guides')}
      query={query}
      onQuery={setQuery}
      groups={groups}
      isSteady
      onChoose={onOpen}
      onClose={onClose}
      state={
        <>
          {stateOf(words, isSearching, groups)}
          {words !== '' &&
            problems.map(({ label, error }) => (
              <Text key={label} size="sm" c="red">
                {t('{{label}} could not be searched: {{sentence}}', { label, sentence: sentenceOf(error) })}
              </Text>
            ))}
        </>
      }
    />
  )
}

/** Pages of the console whose name has all words. */
function usePlaces(words: string): Found[] {
  const may = useMay()
  const wanted = words.toLowerCase().split(/\s+/)
  const [first, ...others] = placesFor(may).map(({ places }) => places)
  return [...(first ?? []), ...useExtensionPlaces(), ...others.flat()]
    .filter(({ label }) => wanted.every((word) => label.toLowerCase().includes(word)))
    .map(({ to, label }) => ({ group: t('Pages'), to, label, detail: '' }))
}

function guidesOf(words: string): Found[] {
  return find(entries, words)
    .filter(({ isWhole }) => isWhole)
    .slice(0, guidesMax)
    .map(({ entry: { to, heading, page } }) => ({
      group: t('Documentation'),
      to,
      label: heading,
      detail: page === heading ? '' : page,
    }))
}

function groupOf(found: readonly Found[], words: string): OptionGroup {
  const marked = words.split(/\s+/).filter(Boolean)
  return {
    label: found[0]?.group ?? '',
    options: found.map(({ to, label, detail }) => ({
      key: to,
      content: (
        <div className="hit-title">
          <strong>{marked.length > 0 ? <Marked text={label} words={marked} /> : label}</strong>
          {detail && <span className="quiet">{detail}</span>}
        </div>
      ),
    })),
  }
}

function stateOf(words: string, isSearching: boolean, groups: readonly OptionGroup[]): string {
  if (words === '') return t('Type a name, a title, an address, a client id or a number such as #12.')
  const count = groups.reduce((sum, { options }) => sum + options.length, 0)
  if (isSearching) return t('Searching …')
  return count === 0 ? t('No results for {{words}}.', { words }) : t('{{count}} results', { count })
}
