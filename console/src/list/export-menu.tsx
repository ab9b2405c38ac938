import { Button, Menu } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ExportFormat } from 'comserv'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import { Icon } from '../parts/icon.tsx'
import { notice, noticeOfProblem } from '../parts/notice.ts'
import { useListState } from './list-state.ts'

interface Props<Q> {
  /** The name of the list, in its path and in sentences: `documents`. */
  name: string
  /** In sentences, where it differs from the path. */
  rows?: string
  /** The filters of the list; matching records are downloaded. */
  filterNames: readonly string[]
  /** The cheapest request of the list. */
  ask(filters: Q): PromiseLike<unknown>
}

/**
 * The browser itself downloads: it streams to disk at any size, and reports a file that was cut
 * short. It would show an API error badly, so the list is requested first.
 */
export function ExportMenu<Q>({ name, rows = word(name), filterNames, ask }: Props<Q>) {
  const { filters } = useListState(filterNames)
  const isFiltered = Object.keys(filters).length > 0
  const { mutate, isPending } = useMutation({
    mutationFn: async (format: ExportFormat) => {
      await ask(filters as Q)
      const query = new URLSearchParams({ ...filters, format })
      // Somebody else's text must not run in the spreadsheet of whoever downloads it.
      if (format === 'csv') query.set('formulas', 'escaped')
      download(`/api/v1/${name}/export?${query}`)
    },
    onSuccess: () => notice(t('The download has started; your browser shows its progress.')),
    onError: (error) => noticeOfProblem(t('The download failed'), error),
  })
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" disabled={isPending} rightSection={<Icon name="down" size={14} />}>
          {t('Download')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{isFiltered ? t('Matching {{rows}}', { rows }) : t('All {{rows}}', { rows })}</Menu.Label>
        <Menu.Item onClick={() => mutate('csv')}>{t('CSV, for spreadsheets')}</Menu.Item>
        <Menu.Item onClick={() => mutate('ndjson')}>{t('NDJSON, for programs')}</Menu.Item>
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
