import type { Answer, Document } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { patchOf } from '../diff/field-changes.tsx'
import { t } from '../i18n/t.ts'
import { type Editing, EditPage } from '../record/edit-page.tsx'
import { NewPage } from '../record/new-page.tsx'
import { useChanged } from '../record/use-record.ts'
import { useSignedIn } from '../session/use-session.ts'
import { DocumentForm, type DocumentValues, type Saving, valuesOf } from './document-form.tsx'
import { DocumentMeanwhile } from './document-meanwhile.tsx'
import { documents } from './documents.ts'

export function NewDocumentPage() {
  const author = useSignedIn().user.id
  return (
    <NewPage kind={documents} title={t('New document')}>
      {({ onMade, back }) => (
        <DocumentForm
          author={author}
          send={async (values, { publish }) =>
            comserv.documents.create({ ...values, status: publish ? 'published' : 'draft' })
          }
          onSaved={onMade}
          onCancel={back}
        />
      )}
    </NewPage>
  )
}

export function EditDocumentPage() {
  return (
    <EditPage
      kind={documents}
      titleOf={({ title }) => t('Edit “{{title}}”', { title })}
      guide="documents#change"
    >
      {(editing) => <EditDocument {...editing} />}
    </EditPage>
  )
}

/** Stays open after saving: only the difference from the last read or saved document is sent. */
function EditDocument({ read, reload, back }: Editing<Document>) {
  const [base, setBase] = useState<Answer<Document>>(read)
  const [savedVersion, setSavedVersion] = useState<number>()
  const { saved } = useChanged(documents)

  async function save(values: DocumentValues, { publish, anyway }: Saving): Promise<Document> {
    const change = {
      ...patchOf(valuesOf(base.data), values),
      ...(publish ? { status: 'published' as const } : {}),
    }
    if (Object.keys(change).length === 0) return base.data
    const ifMatch = anyway ? undefined : base.etag
    const answer = await withRecord(comserv.documents.update(base.data.id, change, { ifMatch }))
    setBase(answer)
    saved(answer)
    return answer.data
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
