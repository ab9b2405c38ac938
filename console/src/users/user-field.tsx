import { Select, type SelectProps } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { useUserName } from './use-user-name.ts'

interface Props extends Pick<SelectProps, 'label' | 'description' | 'error' | 'required' | 'maw'> {
  value: number | undefined
  onChange(id: number | undefined): void
  isClearable?: boolean
}

const typingPauseMs = 200
const shownMax = 20

/** Chooses a user by part of the username or email address. */
export function UserField({ value, onChange, isClearable = true, ...field }: Props) {
  const [typed, setTyped] = useState('')
  const [asked] = useDebouncedValue(typed, typingPauseMs)
  const chosen = useUserName(value)
  const words = asked === chosen.name ? '' : asked
  const found = useQuery({
    queryKey: ['users', 'found', words],
    queryFn: async () => {
      const q = /[\p{L}\p{N}]/u.test(words) ? { q: words } : {}
      const { data } = await comserv.users.list({ ...q, limit: shownMax, sort: '-created_at' })
      return data.map(({ id, username }) => ({ value: String(id), label: username }))
    },
    placeholderData: keepPreviousData,
  })
  return (
    <Select
      {...field}
      searchable
      clearable={isClearable}
      // Reachable by keyboard, like other clear buttons.
      clearButtonProps={{ 'aria-label': t('Clear the selection'), 'aria-hidden': false, tabIndex: 0 }}
      allowDeselect={false}
      searchValue={typed}
      onSearchChange={setTyped}
      value={value === undefined ? null : String(value)}
      onChange={(id) => onChange(id === null ? undefined : Number(id))}
      data={withChosen(
        found.data ?? [],
        value,
        chosen.name ?? (chosen.isKnown ? t('user {{id}}', { id: value }) : undefined),
      )}
      // The server has filtered already, by email address too.
      filter={({ options }) => options}
      nothingFoundMessage={found.isFetching ? t('Searching …') : t('No user found')}
    />
  )
}

function withChosen(
  people: { value: string; label: string }[],
  id: number | undefined,
  name: string | undefined,
) {
  if (id === undefined || name === undefined || people.some(({ value }) => value === String(id)))
    return people
  return [{ value: String(id), label: name }, ...people]
}
