import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { Instant } from '../parts/instant.tsx'
import type { Column } from './list-table.tsx'

/** The column that sorts every list. @param sortsByDefault if it is the default order */
export function createdColumn<T extends { created_at: string }>(
  sortsByDefault?: 'ascending' | 'descending',
): Column<T> {
  return {
    label: 'Created',
    sort: 'created_at',
    ...(sortsByDefault ? { sortsByDefault } : {}),
    nowrap: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  }
}

/** The link from a row to its page. */
export function RowLink({ kind, id, label }: { kind: { path: string }; id: number; label: string }) {
  return (
    <Anchor component={Link} to={`${kind.path}/${id}`} fw={600}>
      {label}
    </Anchor>
  )
}
