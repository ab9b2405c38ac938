import { Autocomplete, Button, Group, Loader, NativeSelect, Switch, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { type ReactNode, useEffect, useState } from 'react'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import { Icon } from '../parts/icon.tsx'
import { UserField } from '../users/user-field.tsx'
import type { ListState } from './list-state.ts'
import './filter-bar.css'

export type Filter = Field & {
  /** Under *More filters*, so that the others fit in one row. */
  isMore?: boolean
}

type Field =
  | { kind: 'search'; name: 'q'; label: string }
  | {
      kind: 'choice'
      name: string
      label: string
      options: readonly (string | { value: string; label: string })[]
    }
  /** Shows more than the list does without it. */
  | { kind: 'switch'; name: string; label: string; value: string }
  | { kind: 'text'; name: string; label: string; isNumber?: boolean }
  /** Free text with suggestions; applied when it is complete. */
  | { kind: 'suggested'; name: string; label: string; suggestions: readonly string[] }
  /** A user, chosen by name; the URL holds the id. */
  | { kind: 'user'; name: string; label: string }
  | { kind: 'instant'; name: string; label: string }

const typingPauseMs = 250

interface Props {
  filters: readonly Filter[]
  state: ListState
  isBusy: boolean
  /** At the end of the row. */
  end?: ReactNode
}

/**
 * One row of filters, and the rest behind a button. Where the row has room for one alone, the stylesheet folds the
 * others, too.
 */
export function FilterBar({ filters, state, isBusy, end }: Props) {
  const more = filters.filter(({ isMore }) => isMore)
  const activeMore = more.filter(({ name }) => name in state.filters).length
  const [isChosenOpen, setChosenOpen] = useState<boolean>()
  const isOpen = isChosenOpen ?? activeMore > 0
  const isSet = Object.keys(state.filters).length > 0
  const field = (filter: Filter) => <FilterField key={filter.name} filter={filter} state={state} />
  return (
    <div className="filter-frame">
      <Group
        component="search"
        gap="sm"
        align="flex-end"
        aria-label={t('Filters')}
        className="filters"
        data-open={isOpen || undefined}
      >
        {filters.filter(({ isMore }) => !isMore).map(field)}
        {filters.length > 1 && (
          <Button
            variant="default"
            className={more.length > 0 ? undefined : 'if-narrow'}
            aria-expanded={isOpen}
            rightSection={<Icon name={isOpen ? 'up' : 'down'} size={14} />}
            onClick={() => setChosenOpen(!isOpen)}
          >
            {activeMore > 0 ? t('More filters ({{activeMore}})', { activeMore }) : t('More filters')}
          </Button>
        )}
        {isSet && (
          <Button variant="subtle" px="xs" onClick={state.clearFilters}>
            {t('Clear')}
          </Button>
        )}
        {isBusy && <Loader size="xs" aria-label={t('Loading')} />}
        <div className="filters-end">{end}</div>
        {isOpen && more.length > 0 && <div className="filters-more">{more.map(field)}</div>}
      </Group>
    </div>
  )
}

function FilterField({ filter, state }: { filter: Filter; state: ListState }) {
  return (
    <div className="filter" data-kind={filter.kind} data-active={filter.name in state.filters || undefined}>
      <FilterInput filter={filter} state={state} />
    </div>
  )
}

function FilterInput({ filter, state }: { filter: Filter; state: ListState }) {
  const value = state.filters[filter.name] ?? ''
  const set = (text: string) => state.setFilter(filter.name, text)
  if (filter.kind === 'choice') {
    return (
      <NativeSelect
        label={filter.label}
        value={value}
        onChange={(event) => set(event.currentTarget.value)}
        data={[{ value: '', label: t('All') }, ...filter.options.map(optionOf)]}
      />
    )
  }
  if (filter.kind === 'switch') {
    return (
      <Switch
        label={filter.label}
        checked={value === filter.value}
        onChange={(event) => set(event.currentTarget.checked ? filter.value : '')}
      />
    )
  }
  if (filter.kind === 'instant') {
    return (
      <TextInput
        type="datetime-local"
        label={filter.label}
        value={value ? localInput(value) : ''}
        onChange={(event) => set(event.currentTarget.value ? toUtc(event.currentTarget.value) : '')}
      />
    )
  }
  if (filter.kind === 'user') {
    return (
      <UserField
        label={filter.label}
        value={value ? Number(value) : undefined}
        onChange={(id) => set(id === undefined ? '' : String(id))}
      />
    )
  }
  if (filter.kind === 'suggested') return <SuggestedFilter filter={filter} value={value} set={set} />
  return <TypedFilter key={filter.name} filter={filter} value={value} set={set} />
}

interface FieldProps<F extends Filter> {
  filter: F
  value: string
  set(text: string): void
}

/** Half a word would match nothing, so it is applied by Enter, a choice, or leaving the field. */
function SuggestedFilter({ filter, value, set }: FieldProps<Filter & { kind: 'suggested' }>) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const ask = (wanted: string) => {
    if (wanted.trim() !== value) set(wanted.trim())
  }
  return (
    <Autocomplete
      label={filter.label}
      data={[...filter.suggestions]}
      value={text}
      onChange={setText}
      onOptionSubmit={ask}
      onBlur={() => ask(text)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') ask(text)
      }}
    />
  )
}

/** Applied when the typing pauses. */
function TypedFilter({ filter, value, set }: FieldProps<Filter>) {
  const [text, setText] = useState(value)
  const ask = useDebouncedCallback(set, typingPauseMs)
  useEffect(() => setText(value), [value])
  return (
    <TextInput
      type={filter.kind === 'search' ? 'search' : 'text'}
      inputMode={filter.kind === 'text' && filter.isNumber ? 'numeric' : undefined}
      label={filter.label}
      leftSection={filter.kind === 'search' ? <Icon name="search" size={16} /> : undefined}
      leftSectionPointerEvents="none"
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        ask(event.currentTarget.value.trim())
      }}
    />
  )
}

function optionOf(option: string | { value: string; label: string }): { value: string; label: string } {
  return typeof option === 'string' ? { value: option, label: word(option) } : option
}

/** `2026-01-15T08:30:00Z` as the value of a local time input. */
export function localInput(instant: string): string {
  const date = new Date(instant)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

export function toUtc(local: string): string {
  return `${new Date(local).toISOString().slice(0, 19)}Z`
}
