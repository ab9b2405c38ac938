import { Loader } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Document } from 'comserv'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { patchOf } from '../diff/field-changes.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { DocumentForm, type DocumentValues, type Saving, valuesOf } from './document-form.tsx'
import { DocumentMeanwhile } from './document-meanwhile.tsx'
import { documentTrail } from './trail.ts'
import { useDocumentChanged } from './use-document.ts'

/** What was read or last saved: what is typed is compared with it, and what is sent is the difference. */
interface Base {
  data: Document
  etag: string | undefined
}

export function EditDocumentPage() {
  const id = Number(useParams().id)
  const read = useQuery({
    queryKey: ['document-to-edit', id],
    queryFn: () => comserv.documents.get(id).withResponse(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <Page
      title={read.data ? `Edit “${read.data.data.title}”` : 'Edit a document'}
      under={documentTrail(id, read.data?.data.title)}
      guide="documents#change"
    >
      {read.error && <ProblemAlert error={read.error} retry={() => void read.refetch()} />}
      {!read.data && !read.error && <Loader aria-label="Loading" />}
      {read.data && <Editing key={read.dataUpdatedAt} read={read.data} reload={() => void read.refetch()} />}
    </Page>
  )
}

function Editing({ read, reload }: { read: Base; reload(): void }) {
  const [base, setBase] = useState(read)
  const [savedVersion, setSavedVersion] = useState<number>()
  const { id } = base.data
  const changed = useDocumentChanged()
  const navigate = useNavigate()
  const back = () => navigate(`/console/documents/${id}`)

  async function save(values: DocumentValues, { publish, anyway }: Saving): Promise<Document> {
    const change = {
      ...patchOf(valuesOf(base.data), values),
      ...(publish ? { status: 'published' as const } : {}),
    }
    if (Object.keys(change).length === 0) return base.data
    const saved = await comserv.documents
      .update(id, change, { ifMatch: anyway ? undefined : base.etag })
      .withResponse()
    setBase(saved)
    changed(saved)
    return saved.data
  }

  return (
    <DocumentForm
      document={base.data}
      savedVersion={savedVersion}
      send={save}
      onSaved={({ version }, { publish }) => {
        if (publish) back()
        else setSavedVersion(version)
      }}
      onCancel={back}
      meanwhile={(values, saveAnyway) => (
        <DocumentMeanwhile base={base.data} values={values} onLoad={reload} onSaveAnyway={saveAnyway} />
      )}
    />
  )
}
