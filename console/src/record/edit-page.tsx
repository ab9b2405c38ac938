import { Paper } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Answer } from 'comserv'
import type { ReactNode } from 'react'
import { useNavigate, useParams } from 'react-router'
import { withRecord } from '../api/with-record.ts'
import { TheirChanges } from '../diff/their-changes.tsx'
import { t } from '../i18n/t.ts'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { notice } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import { tellUnknownCategories } from '../rules/unknown-categories.ts'
import { Page } from '../shell/page.tsx'
import type { Kind, Shown, Stored } from './kind.ts'
import { type FormOf, RecordForm, type Values } from './record-form.tsx'
import { useChanged } from './use-record.ts'

/** The props of the page's form. */
export interface Editing<T> {
  read: Answer<T>
  reload(): void
  /** Leads to the page of the record. */
  back(): void
}

interface Props<T extends Stored> {
  kind: Shown<T>
  /** With the name of the record, once that is known. */
  titleOf?: (record: T) => string
  guide?: string
  lead?: string
  children(editing: Editing<T>): ReactNode
}

/** Fetches a record once, and resets the form when it is loaded again. */
export function EditPage<T extends Stored>(props: Props<T>) {
  const { kind, guide = kind.guide, lead, children } = props
  const { titleOf = (record: T) => t('Change {{what}}', { what: kind.called(record) }) } = props
  const id = Number(useParams().id)
  const navigate = useNavigate()
  const path = `${kind.path}/${id}`
  const read = useQuery({
    queryKey: [`${kind.plural} to edit`, id],
    queryFn: () => kind.calls.get(id).withResponse(),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const record = read.data?.data
  return (
    <Page
      title={record ? titleOf(record) : kind.label}
      under={[...kind.trail, { label: record ? kind.titleOf(record) : kind.label, to: path }]}
      guide={guide}
      lead={lead}
    >
      <Reading query={read}>
        {(data) => (
          <div key={read.dataUpdatedAt}>
            {children({ read: data, reload: () => void read.refetch(), back: () => navigate(path) })}
          </div>
        )}
      </Reading>
    </Page>
  )
}

interface FormProps<T extends Stored, V extends Values, U> extends Editing<T> {
  kind: Kind<T, never, U>
  of: FormOf<T, V, unknown, U>
}

/** Saves the changed fields, and returns to the record. */
export function EditForm<T extends Stored, V extends Values, U extends object>(props: FormProps<T, V, U>) {
  const { kind, of, read, reload, back } = props
  const { data: record, etag } = read
  const { saved } = useChanged(kind)
  const shown = (one: T) => of.shown?.(one) ?? one
  return (
    <Paper withBorder p="lg" maw={760}>
      <RecordForm
        of={of}
        record={record}
        verb={t('Save')}
        send={async (values, anyway) => {
          const change = of.updateInput(record, values)
          if (Object.keys(change).length === 0) return false
          const ifMatch = anyway ? undefined : etag
          const answer = await withRecord(kind.calls.update(record.id, change, { ifMatch }))
          saved(answer)
          tellUnknownCategories(answer.data)
          return true
        }}
        onDone={(isSaved) => {
          back()
          if (isSaved) notice(t('Saved.'))
        }}
        onCancel={back}
        meanwhile={(saveAnyway) => (
          <ChangedMeanwhile what={kind.called(record)} onLoad={reload} onSaveAnyway={saveAnyway}>
            <TheirChanges
              queryKey={[kind.plural, 'theirs', record.id]}
              before={shown(record)}
              read={async () => shown(await kind.calls.get(record.id))}
              labels={of.labels}
            />
          </ChangedMeanwhile>
        )}
      />
    </Paper>
  )
}
