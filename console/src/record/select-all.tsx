import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { type Matching, selectedMax } from '../list/matching.ts'
import { noticeOfProblem } from '../parts/notice.ts'

interface Props<T> {
  matching: Matching<T>
  /** How many the page shows, and how many are selected. */
  shown: number
  selected: number
  onAll(rows: readonly T[]): void
}

/** Once a page is selected: all that match, on every page. They are read first, so that the actions know them. */
export function SelectAll<T>({ matching: { count, read }, shown, selected, onAll }: Props<T>) {
  const [readSoFar, setRead] = useState<number>()
  const wanted = Math.min(count, selectedMax)
  if (count <= shown || (selected > shown && readSoFar === undefined)) return null

  async function selectAll(): Promise<void> {
    setRead(0)
    try {
      onAll(await read(setRead))
    } catch (error) {
      noticeOfProblem(t('Not selected'), error)
    } finally {
      setRead(undefined)
    }
  }

  if (readSoFar !== undefined) {
    return (
      <Text size="sm" role="status">
        {t('{{done}} of {{count}} read', { done: number(readSoFar), count: wanted })}
      </Text>
    )
  }
  return (
    <Button size="xs" variant="light" onClick={() => void selectAll()}>
      {count > selectedMax
        ? t('Select the first {{count}} that match', { count: wanted })
        : t('Select all {{count}} that match', { count: wanted })}
    </Button>
  )
}
