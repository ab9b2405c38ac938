import { Button, Menu } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import type { ExportFormat } from 'comserv'
import { useState } from 'react'
import { sentenceOf } from '../api/problem.ts'
import { Icon } from '../parts/icon.tsx'
import { useListState } from './list-state.ts'

interface Props<Q> {
  /** Of the file: `documents`. */
  name: string
  /** The filters of the list beside it; what they let through is what is downloaded. */
  filterNames: readonly string[]
  stream(query: Q, format: ExportFormat): AsyncIterable<Uint8Array>
}

const mediaTypes: Record<ExportFormat, string> = { csv: 'text/csv', ndjson: 'application/x-ndjson' }

export function ExportMenu<Q>({ name, filterNames, stream }: Props<Q>) {
  const { filters } = useListState(filterNames)
  const isFiltered = Object.keys(filters).length > 0
  const [bytes, setBytes] = useState(0)
  const { mutate, isPending } = useMutation({
    mutationFn: async (format: ExportFormat) => {
      const parts: BlobPart[] = []
      let size = 0
      for await (const part of stream(filters as Q, format)) {
        parts.push(part as Uint8Array<ArrayBuffer>)
        size += part.length
        setBytes(size)
      }
      const day = new Date().toISOString().slice(0, 10)
      saveFile(new Blob(parts, { type: mediaTypes[format] }), `${name}-${day}.${format}`)
    },
    // An export that was cut short is none: there is no file that could be taken for a whole one.
    onError: (error) =>
      notifications.show({
        color: 'red',
        title: 'The download failed',
        message: sentenceOf(error),
        autoClose: false,
        closeButtonProps: { 'aria-label': 'Close the notice' },
      }),
    onSettled: () => setBytes(0),
  })
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" disabled={isPending} rightSection={<Icon name="down" size={14} />}>
          {isPending ? `Downloading, ${megabytes(bytes)}` : 'Download'}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{isFiltered ? 'What the filters let through' : `All ${name}`}</Menu.Label>
        <Menu.Item onClick={() => mutate('csv')}>CSV, for spreadsheets</Menu.Item>
        <Menu.Item onClick={() => mutate('ndjson')}>NDJSON, for programs</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`
}

function saveFile(blob: Blob, fileName: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = fileName
  link.click()
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
