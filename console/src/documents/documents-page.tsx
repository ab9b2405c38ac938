import { Anchor, Button } from '@mantine/core'
import type { ListedDocument } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { admin, Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'

const filters: readonly Filter[] = [
  { kind: 'search', name: 'q', label: 'Search' },
  { kind: 'text', name: 'category', label: 'Category' },
  { kind: 'choice', name: 'status', label: 'Status', options: ['draft', 'published', 'archived'] },
]

const columns: readonly Column<ListedDocument>[] = [
  {
    label: 'Title',
    render: ({ id, title }) => (
      <Anchor component={Link} to={`/console/documents/${id}`} fw={600}>
        {title}
      </Anchor>
    ),
  },
  { label: 'Category', render: ({ category }) => category },
  { label: 'Status', render: ({ status }) => <Status value={status} /> },
  { label: 'Author', render: ({ author_id }) => <UserName id={author_id} /> },
  {
    label: 'Changed',
    sort: 'updated_at',
    nowrap: true,
    render: ({ updated_at }) => <Instant at={updated_at} relative />,
  },
  {
    label: 'Created',
    sort: 'created_at',
    sortsByDefault: 'ascending',
    nowrap: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  },
]

export function DocumentsPage() {
  const may = useMay()
  const mayWrite = may('documents:write')
  const add = mayWrite && (
    <Button component={Link} to="new" leftSection={<Icon name="plus" size={16} />}>
      New document
    </Button>
  )
  return (
    <Page
      title="Documents"
      under={admin}
      actions={
        <>
          {mayWrite && (
            <Button
              component={Link}
              to="trash"
              variant="default"
              leftSection={<Icon name="trash" size={16} />}
            >
              Trash
            </Button>
          )}
          {add}
        </>
      }
    >
      <ResourceList
        label="Documents"
        queryKey={['documents', 'list']}
        fetch={comserv.documents.list}
        columns={columns}
        filters={filters}
        empty={
          <Empty title="No document yet" action={add}>
            A document begins as a draft, seen by editors only, until it is published.
          </Empty>
        }
      />
    </Page>
  )
}
