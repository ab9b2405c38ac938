import { Anchor, Button } from '@mantine/core'
import type { DocumentListQuery, ListedDocument } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { ExportMenu } from '../list/export-menu.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { useMay } from '../session/use-session.ts'
import { admin, Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { ListedStatus } from './listed-status.tsx'
import { useCategories } from './use-categories.ts'
import { useSeesDrafts } from './use-document.ts'
import { documentStatuses } from './words.ts'

const scheduledOnly = [{ value: 'true', label: 'Scheduled' }]

const title: Column<ListedDocument> = {
  label: 'Title',
  render: ({ id, title }) => (
    <Anchor component={Link} to={`/console/documents/${id}`} fw={600}>
      {title}
    </Anchor>
  ),
}
const category: Column<ListedDocument> = {
  label: 'Category',
  render: ({ category }) => (
    <Anchor component={Link} to={`?${new URLSearchParams({ category })}`} inherit>
      {category}
    </Anchor>
  ),
}
const status: Column<ListedDocument> = {
  label: 'Status',
  render: (document) => <ListedStatus {...document} />,
}
const author: Column<ListedDocument> = {
  label: 'Author',
  render: ({ author_id }) => <UserName id={author_id} />,
}
const times: readonly Column<ListedDocument>[] = [
  {
    label: 'Changed',
    sort: 'updated_at',
    sortsByDefault: 'descending',
    nowrap: true,
    render: ({ updated_at }) => <Instant at={updated_at} relative />,
  },
  {
    label: 'Created',
    sort: 'created_at',
    nowrap: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  },
]

export function DocumentsPage() {
  const may = useMay()
  const seesDrafts = useSeesDrafts()
  const seesUsers = may('users:read')
  const categories = useCategories()
  const filters: readonly Filter[] = [
    { kind: 'search', name: 'q', label: 'Search' },
    { kind: 'suggested', name: 'category', label: 'Category', suggestions: categories },
    ...(seesDrafts
      ? [
          { kind: 'choice', name: 'status', label: 'Status', options: documentStatuses } as const,
          { kind: 'choice', name: 'scheduled', label: 'Schedule', options: scheduledOnly } as const,
        ]
      : []),
    ...(seesUsers ? [{ kind: 'user', name: 'author_id', label: 'Author' } as const] : []),
  ]
  const create = may('documents:write') && (
    <Button component={Link} to="new" leftSection={<Icon name="plus" size={16} />}>
      New document
    </Button>
  )
  return (
    <Page
      title="Documents"
      under={admin}
      guide="documents"
      actions={
        <>
          {may('documents:write') && (
            <Button
              component={Link}
              to="trash"
              variant="default"
              leftSection={<Icon name="trash" size={16} />}
            >
              Trash
            </Button>
          )}
          <ExportMenu
            name="documents"
            filterNames={filters.map(({ name }) => name)}
            ask={(filters: DocumentListQuery) => comserv.documents.list({ ...filters, limit: 1 })}
          />
          {create}
        </>
      }
    >
      <ResourceList
        label="Documents"
        queryKey={['documents', 'list']}
        fetch={(query: DocumentListQuery) => comserv.documents.list({ sort: '-updated_at', ...query })}
        columns={[title, category, ...(seesDrafts ? [status] : []), ...(seesUsers ? [author] : []), ...times]}
        filters={filters}
        empty={
          <Empty title={seesDrafts ? 'No document yet' : 'Nothing has been published yet'} action={create}>
            {create
              ? 'Write the first one. It stays a draft until you publish it.'
              : 'What is published here can be read by everybody who signs in, and by programs.'}
          </Empty>
        }
      />
    </Page>
  )
}
