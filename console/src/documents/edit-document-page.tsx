import { Loader, Paper } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { DocumentForm } from './document-form.tsx'
import { documentsTrail } from './documents-trail.ts'

export function NewDocumentPage() {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  return (
    <Page title="New document" under={documentsTrail}>
      <Paper withBorder p="lg">
        <DocumentForm
          verb="Save draft"
          send={(input) => comserv.documents.create(input)}
          onDone={async ({ id }) => {
            await queryClient.invalidateQueries({ queryKey: ['documents'] })
            navigate(`/console/documents/${id}`)
          }}
          onCancel={() => navigate('/console/documents')}
        />
      </Paper>
    </Page>
  )
}

export function EditDocumentPage() {
  const id = Number(useParams().id)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data, error } = useQuery({
    queryKey: ['documents', 'answer', id],
    queryFn: () => comserv.documents.get(id).withResponse(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const back = () => navigate(`/console/documents/${id}`)
  return (
    <Page title={data ? `Edit “${data.data.title}”` : 'Edit document'} under={documentsTrail}>
      {error && <ProblemAlert error={error} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Paper withBorder p="lg">
          <DocumentForm
            document={data.data}
            verb="Save"
            send={(input) => comserv.documents.update(id, input, { ifMatch: data.etag })}
            onDone={async () => {
              await queryClient.invalidateQueries({ queryKey: ['documents'] })
              back()
            }}
            onCancel={back}
          />
        </Paper>
      )}
    </Page>
  )
}
