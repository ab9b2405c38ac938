import { Anchor } from '@mantine/core'
import type { DocumentListQuery, DocumentTrashQuery, ListedDocument, TrashedDocument } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { optionsOf, useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { Status } from '../parts/status.tsx'
import { ImportPage } from '../record/import-page.tsx'
import { ListPage } from '../record/list-page.tsx'
import { TrashPage } from '../record/trash-page.tsx'
import { useMay } from '../session/use-session.ts'
import { admin } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { restoreDocuments, useBulkDocuments } from './bulk-documents.tsx'
import { documents, useSeesDrafts } from './documents.ts'
import { ListedStatus } from './listed-status.tsx'
import { useCategories } from './use-categories.ts'

const scheduledOnly = [{ value: 'true', label: t('Scheduled') }]

const title: Column<ListedDocument> = {
  key: 'title',
  label: t('Title'),
  render: ({ id, title }) => <RowLink kind={documents} id={id} label={title} />,
}
const category: Column<ListedDocument> = {
  key: 'category',
  label: t('Category'),
  render: ({ category }) => (
    <Anchor component={Link} to={`?${new URLSearchParams({ category })}`} inherit dir="auto">
      {category}
    </Anchor>
  ),
}
const status: Column<ListedDocument> = {
  key: 'status',
  label: t('Status'),
  isWhole: true,
  render: (document) => <ListedStatus {...document} />,
}
const author: Column<ListedDocument> = {
  key: 'author',
  label: t('Author'),
  render: ({ author_id }) => <UserName id={author_id} />,
}
const times: readonly Column<ListedDocument>[] = [
  {
    key: 'updated_at',
    label: t('Changed'),
    sort: 'updated_at',
    sortsByDefault: 'descending',
    isWhole: true,
    render: ({ updated_at }) => <RowInstant at={updated_at} />,
  },
  createdColumn(),
]

export function DocumentsPage() {
  const may = useMay()
  const seesDrafts = useSeesDrafts()
  const seesUsers = may('users:read')
  const categories = useCategories()
  const statuses = optionsOf(useCatalog().document_statuses)
  const filters: readonly Filter[] = [
    { kind: 'search', name: 'q', label: t('Search') },
    { kind: 'suggested', name: 'category', label: t('Category'), suggestions: categories },
    ...(seesDrafts
      ? [
          { kind: 'choice', name: 'status', label: t('Status'), options: statuses } as const,
          {
            kind: 'choice',
            name: 'scheduled',
            label: t('Schedule', { context: 'noun' }),
            options: scheduledOnly,
            isMore: true,
          } as const,
        ]
      : []),
    ...(seesUsers ? [{ kind: 'user', name: 'author_id', label: t('Author') } as const] : []),
  ]
  const mayWrite = may('documents:write')
  const bulk = useBulkDocuments()
  return (
    <ListPage
      title={t('Documents')}
      under={admin}
      guide={documents.guide}
      queryKey={['documents', 'list']}
      fetch={(query: DocumentListQuery) => comserv.documents.list({ sort: '-updated_at', ...query })}
      columns={[title, category, ...(seesDrafts ? [status] : []), ...(seesUsers ? [author] : []), ...times]}
      filters={filters}
      selecting={mayWrite ? bulk : undefined}
      create={mayWrite && t('New document')}
      hasTrash={mayWrite}
      imports={mayWrite}
      download={{
        name: 'documents',
        ask: (filters: DocumentListQuery) => comserv.documents.list({ ...filters, limit: 1 }),
      }}
      empty={{
        title: seesDrafts ? t('No document yet') : t('Nothing has been published yet'),
        text: mayWrite
          ? t('Write the first one. It stays a draft until you publish it.')
          : t('Published documents can be read by everybody who signs in, and by programs.'),
      }}
    />
  )
}

const trashed: readonly Column<TrashedDocument>[] = [
  { key: 'title', label: t('Title'), render: ({ title }) => <b dir="auto">{title}</b> },
  { key: 'category', label: t('Category'), render: ({ category }) => <bdi>{category}</bdi> },
  { key: 'status', label: t('Status'), render: ({ status }) => <Status value={status} /> },
  {
    key: 'author',
    label: t('Author'),
    isExtra: true,
    render: ({ author_id }) => <UserName id={author_id} />,
  },
]

export function DocumentTrashPage() {
  return (
    <TrashPage
      kind={documents}
      guide="documents#delete-and-restore"
      fetch={(query: DocumentTrashQuery) => comserv.documents.trash(query)}
      columns={trashed}
      titleOf={({ title }) => title}
      restore={(id) => comserv.documents.restore(id)}
      restoreAll={restoreDocuments}
      restores={t('It is as it was, with its versions. If it was published, readers see it again at once.')}
    />
  )
}

export function ImportDocumentsPage() {
  return <ImportPage kind={{ ...documents, plural: 'documents' }} hasAuthor />
}
