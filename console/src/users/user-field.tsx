import { Select, type SelectProps } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { comserv } from '../api/client.ts'

interface Props extends Pick<SelectProps, 'label' | 'description' | 'error' | 'required' | 'maw'> {
  value: number | undefined
  onChange(id: number | undefined): void
  isClearable?: boolean
}

const typingPauseMs = 200
const shownMax = 20

/** Chooses a user by what one knows of them: a part of the name or the address. */
export function UserField({ value, onChange, isClearable = true, ...field }: Props) {
  const [typed, setTyped] = useState('')
  const [asked] = useDebouncedValue(typed, typingPauseMs)
  const chosen = useQuery({
    queryKey: ['users', 'name', value],
    queryFn: async () => (value === undefined ? '' : (await comserv.users.get(value)).username),
    enabled: value !== undefined,
  })
  const words = asked === chosen.data ? '' : asked
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
      // Within reach of the keyboard, as other ways to clear a field are.
      clearButtonProps={{ 'aria-label': 'Nobody in particular', 'aria-hidden': false, tabIndex: 0 }}
      allowDeselect={false}
      searchValue={typed}
      onSearchChange={setTyped}
      value={value === undefined ? null : String(value)}
      onChange={(id) => onChange(id === null ? undefined : Number(id))}
      data={withChosen(
        found.data ?? [],
        value,
        chosen.data ?? (chosen.isError ? `user ${value}` : undefined),
      )}
      // The server has searched; it knows addresses, too.
      filter={({ options }) => options}
      nothingFoundMessage={found.isFetching ? 'Searching …' : 'Nobody of that name'}
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
