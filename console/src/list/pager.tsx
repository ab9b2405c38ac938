import { ActionIcon, Button, Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { type ListState, pageSize } from './list-state.ts'

interface Meta {
  current_page: number
  total_pages: number
  total_count: number
}

/** The API returns at most 100 rows. */
const sizes = [pageSize, 50, 100]

interface Props {
  meta: Meta
  state: Pick<ListState, 'limit' | 'setLimit' | 'setPage'>
}

export function Pager({ meta, state }: Props) {
  const { current_page: page, total_pages: pages, total_count: count } = meta
  const { limit = pageSize, setLimit, setPage } = state
  const end = (name: IconName, label: string, to: number) => (
    <ActionIcon
      variant="default"
      size={30}
      aria-label={label}
      disabled={page === to}
      onClick={() => setPage(to)}
    >
      <Icon name={name} size={14} />
    </ActionIcon>
  )
  return (
    <Group component="nav" justify="space-between" gap="xs" aria-label={t('Pages')}>
      <Text size="sm" c="dimmed" role="status">
        {pages > 1
          ? t('{{count}} entries, page {{page}} of {{pages}}', {
              count,
              page: number(page),
              pages: number(pages),
            })
          : t('{{count}} entries', { count })}
      </Text>
      <Group gap="xs">
        {(count > pageSize || limit !== pageSize) && <PageSize size={limit} onSize={setLimit} />}
        {pages > 1 && (
          <>
            {end('first', t('First page'), 1)}
            <Button
              variant="default"
              size="xs"
              disabled={page <= 1}
              leftSection={<Icon name="left" size={14} />}
              onClick={() => setPage((now) => Math.max(1, now - 1))}
            >
              {t('Previous')}
            </Button>
            <Jump page={page} pages={pages} onPage={setPage} />
            <Button
              variant="default"
              size="xs"
              disabled={page >= pages}
              rightSection={<Icon name="right" size={14} />}
              onClick={() => setPage((now) => Math.min(pages, now + 1))}
            >
              {t('Next')}
            </Button>
            {end('last', t('Last page'), pages)}
          </>
        )}
      </Group>
    </Group>
  )
}

export function PageSize({ size, onSize }: { size: number; onSize(size: number): void }) {
  return (
    <NativeSelect
      size="xs"
      aria-label={t('Rows per page')}
      value={size}
      onChange={(event) => onSize(Number(event.currentTarget.value))}
      data={[...new Set([...sizes, size])].map((size) => ({
        value: String(size),
        label: t('{{size}} per page', { size }),
      }))}
    />
  )
}

/** Goes to the page that was typed, or to the nearest that exists. */
function Jump({ page, pages, onPage }: { page: number; pages: number; onPage(page: number): void }) {
  const [text, setText] = useState(String(page))
  useEffect(() => setText(String(page)), [page])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const to = Math.min(pages, Math.max(1, Number.parseInt(text, 10) || page))
        setText(String(to))
        if (to !== page) onPage(to)
      }}
    >
      <TextInput
        size="xs"
        w={`${String(pages).length + 4}ch`}
        inputMode="numeric"
        aria-label={t('Go to page')}
        title={t('Go to page')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { textAlign: 'center', paddingInline: 4 } }}
      />
    </form>
  )
}
