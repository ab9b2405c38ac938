import type { DocumentTrashQuery, TrashedDocument } from 'comserv'
import { comserv } from '../api/client.ts'
import type { Column } from '../list/list-table.tsx'
import { Page } from '../shell/page.tsx'
import { TrashList } from '../trash/trash-list.tsx'
import { documentsTrail } from './documents-trail.ts'

const columns: readonly Column<TrashedDocument>[] = [
  { label: 'Title', render: ({ title }) => <b>{title}</b> },
  { label: 'Category', render: ({ category }) => category },
]

export function DocumentsTrashPage() {
  return (
    <Page
      title="Trash"
      under={documentsTrail}
      lead="Deleted documents, until the day on which they are gone for good."
    >
      <TrashList
        of="documents"
        fetch={(query: DocumentTrashQuery) => comserv.documents.trash(query)}
        columns={columns}
        nameOf={({ title }) => title}
        restore={(id) => comserv.documents.restore(id)}
        restores="It is as it was, with all its revisions."
      />
    </Page>
  )
}
