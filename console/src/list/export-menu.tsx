import { Button, Menu } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ExportFormat } from 'comserv'
import { Icon } from '../parts/icon.tsx'
import { notice, noticeOfProblem } from '../parts/notice.ts'
import { useListState } from './list-state.ts'

interface Props<Q> {
  /** Of the list, in the address and in words: `documents`. */
  name: string
  /** The filters of the list beside it; what they let through is what is downloaded. */
  filterNames: readonly string[]
  /** Reads as little of the list as there is. */
  ask(filters: Q): PromiseLike<unknown>
}

/**
 * The browser itself downloads: it writes to the disk as it comes, however much it is, and tells of a file that was cut
 * short. What it would do badly is to show an error of the API, so the list is asked first.
 */
export function ExportMenu<Q>({ name, filterNames, ask }: Props<Q>) {
  const { filters } = useListState(filterNames)
  const isFiltered = Object.keys(filters).length > 0
  const { mutate, isPending } = useMutation({
    mutationFn: async (format: ExportFormat) => {
      await ask(filters as Q)
      download(`/api/v1/${name}/export?${new URLSearchParams({ ...filters, format })}`)
    },
    onSuccess: () => notice('The download has started; your browser shows its progress.'),
    onError: (error) => noticeOfProblem('The download failed', error),
  })
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" disabled={isPending} rightSection={<Icon name="down" size={14} />}>
          Download
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{isFiltered ? `Matching ${name}` : `All ${name}`}</Menu.Label>
        <Menu.Item onClick={() => mutate('csv')}>CSV, for spreadsheets</Menu.Item>
        <Menu.Item onClick={() => mutate('ndjson')}>NDJSON, for programs</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function download(address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}
