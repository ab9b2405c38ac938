import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { useSignedIn } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { DocumentForm } from './document-form.tsx'
import { documentsTrail } from './trail.ts'
import { useDocumentChanged } from './use-document.ts'

export function NewDocumentPage() {
  const changed = useDocumentChanged()
  const navigate = useNavigate()
  const self = useSignedIn().user.id
  return (
    <Page title="New document" under={documentsTrail} guide="documents">
      <DocumentForm
        author={self}
        send={async (values, { publish }) => {
          const made = await comserv.documents
            .create({ ...values, status: publish ? 'published' : 'draft' })
            .withResponse()
          changed(made)
          return made.data
        }}
        onSaved={({ id }) => navigate(`/console/documents/${id}`, { replace: true })}
        onCancel={() => navigate('/console/documents')}
      />
    </Page>
  )
}
