import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { useSignedIn } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { DocumentForm } from './document-form.tsx'
import { documentsTrail } from './trail.ts'

export function NewDocumentPage() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const self = useSignedIn().user.id
  return (
    <Page title="New document" under={documentsTrail} guide="documents">
      <DocumentForm
        author={self}
        send={(values, { publish }) =>
          comserv.documents.create({ ...values, status: publish ? 'published' : 'draft' })
        }
        onSaved={({ id }) => {
          void queryClient.invalidateQueries({ queryKey: ['documents'] })
          navigate(`/console/documents/${id}`, { replace: true })
        }}
        onCancel={() => navigate('/console/documents')}
      />
    </Page>
  )
}
