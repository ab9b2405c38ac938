import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import type { Column } from './list-table.tsx'
import { RowInstant } from './row-instant.tsx'

/** The column that sorts every list. @param sortsByDefault if it is the default order */
export function createdColumn<T extends { created_at: string }>(
  sortsByDefault?: 'ascending' | 'descending',
): Column<T> {
  return {
    key: 'created_at',
    label: t('Created'),
    sort: 'created_at',
    ...(sortsByDefault ? { sortsByDefault } : {}),
    isWhole: true,
    isSpare: true,
    render: ({ created_at }) => <RowInstant at={created_at} />,
  }
}

/** The link from a row to its page. */
export function RowLink({
  kind,
  id,
  label,
  title = label,
}: {
  kind: { path: string }
  id: number
  label: string
  /** Where the label is not the whole. */
  title?: string
}) {
  return (
    <Anchor component={Link} to={`${kind.path}/${id}`} fw={600} title={title} dir="auto">
      {label}
    </Anchor>
  )
}
