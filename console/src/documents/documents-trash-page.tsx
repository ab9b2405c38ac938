import type { TrashedDocument } from 'comserv'
import { comserv } from '../api/client.ts'
import { TrashPage } from '../trash/trash-page.tsx'
import { documentsTrail } from './documents-trail.ts'

export function DocumentsTrashPage() {
  return (
    <TrashPage<TrashedDocument>
      what="documents"
      trail={documentsTrail}
      queryKey={['documents']}
      fetch={comserv.documents.trash}
      nameOf={({ title, category }) => (
        <>
          <b>{title}</b> <span className="quiet block">{category}</span>
        </>
      )}
      restore={({ id }) => comserv.documents.restore(id)}
      pathOf={({ id }) => `/console/documents/${id}`}
      titleOf={({ title }) => title}
    />
  )
}
