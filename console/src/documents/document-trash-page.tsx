import type { DocumentTrashQuery, TrashedDocument } from 'comserv'
import { comserv } from '../api/client.ts'
import type { Column } from '../list/list-table.tsx'
import { Status } from '../parts/status.tsx'
import { Page } from '../shell/page.tsx'
import { TrashList } from '../trash/trash-list.tsx'
import { UserName } from '../users/user-name.tsx'
import { documentsTrail } from './trail.ts'

const columns: readonly Column<TrashedDocument>[] = [
  { label: 'Title', render: ({ title }) => <b>{title}</b> },
  { label: 'Category', render: ({ category }) => category },
  { label: 'Status', render: ({ status }) => <Status value={status} /> },
  { label: 'Author', render: ({ author_id }) => <UserName id={author_id} /> },
]

export function DocumentTrashPage() {
  return (
    <Page
      title="Trash"
      under={documentsTrail}
      guide="documents#delete-and-bring-back"
      lead="Deleted documents, until the day on which they are gone for good."
    >
      <TrashList
        of="documents"
        fetch={(query: DocumentTrashQuery) => comserv.documents.trash(query)}
        columns={columns}
        nameOf={({ title }) => title}
        restore={(id) => comserv.documents.restore(id)}
        restores="It is as it was, with its versions. If it was published, readers see it again at once."
      />
    </Page>
  )
}
