import { Anchor, Button, Paper } from '@mantine/core'
import type { Answer } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { ConfirmDelete } from '../record/change.tsx'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { ListPage } from '../record/list-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { type Trashed, TrashPage } from '../record/trash-page.tsx'
import { useMay } from '../session/use-session.ts'
import { admin } from '../shell/page.tsx'
import { plainForm } from './plain-form.tsx'
import type { PlainField, PlainKind, PlainRecord } from './plain-kind.ts'

interface Props {
  kind: PlainKind
}

export function PlainListPage({ kind }: Props) {
  const mayWrite = useMay()(kind.writes)
  const columns: readonly Column<PlainRecord>[] = [
    {
      key: 'title',
      label: kind.label,
      render: (record) => <RowLink kind={kind} id={record.id} label={kind.titleOf(record)} />,
    },
    ...kind.fields
      .filter(({ isListed }) => isListed)
      .map((field) => ({
        key: field.name,
        label: field.label,
        render: (record: PlainRecord) => <Value field={field} record={record} />,
      })),
    createdColumn('ascending'),
  ]
  return (
    <ListPage
      title={kind.title}
      lead={kind.lead}
      under={admin}
      guide={kind.guide}
      queryKey={[kind.plural, 'list']}
      fetch={(query: object) => kind.calls.list(query)}
      columns={columns}
      filters={filtersOf(kind)}
      download={{
        name: kind.plural,
        ask: (filters: object) => kind.calls.list({ ...filters, limit: 1 }),
      }}
      create={mayWrite && kind.newTitle}
      hasTrash={mayWrite}
      empty={{ title: kind.noneTitle }}
      below={kind.below && <kind.below />}
    />
  )
}

/** The API compares whole values, so a text is applied once it is complete. */
function filtersOf({ fields }: PlainKind): Filter[] {
  return fields
    .filter(({ isFilter }) => isFilter)
    .map(({ name, label, kind }) =>
      kind === 'number'
        ? { kind: 'text', name, label, isNumber: true }
        : { kind: 'suggested', name, label, suggestions: [] },
    )
}

export function PlainRecordPage({ kind }: Props) {
  const mayWrite = useMay()(kind.writes)
  return (
    <RecordPage kind={kind} actions={(read) => mayWrite && <PlainActions kind={kind} read={read} />}>
      {(record) => (
        <Paper withBorder p="lg">
          <Facts
            facts={[
              ...kind.fields.map(
                (field) => [field.label, <Value key={field.name} field={field} record={record} />] as const,
              ),
              [t('Changed'), <Instant key="changed" at={record.updated_at} relative />],
              [t('Created'), <Instant key="created" at={record.created_at} />],
            ]}
          />
        </Paper>
      )}
    </RecordPage>
  )
}

function PlainActions({ kind, read }: Props & { read: Answer<PlainRecord> }) {
  const [isAsked, setAsked] = useState(false)
  return (
    <>
      <Button component={Link} to="edit" variant="default">
        {t('Change')}
      </Button>
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked(true)}>
        {t('Delete')}
      </Button>
      <ConfirmDelete
        kind={kind}
        read={read}
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('Delete “{{title}}”?', { title: kind.titleOf(read.data) })}
      >
        {t('{{deletion}} It can be restored from the trash until the date shown there.', {
          deletion: kind.deletion,
        })}
      </ConfirmDelete>
    </>
  )
}

export function NewPlainPage({ kind }: Props) {
  return (
    <NewPage kind={kind} title={kind.newTitle}>
      {(creating) => (
        <NewForm
          kind={kind}
          of={plainForm(kind)}
          verb={t('Create {{noun}}', { noun: word(kind.noun) })}
          {...creating}
        />
      )}
    </NewPage>
  )
}

export function EditPlainPage({ kind }: Props) {
  return (
    <EditPage kind={kind}>{(editing) => <EditForm kind={kind} of={plainForm(kind)} {...editing} />}</EditPage>
  )
}

export function PlainTrashPage({ kind }: Props) {
  return (
    <TrashPage<PlainRecord & Trashed, object>
      kind={kind}
      guide={kind.guide}
      fetch={(query) => kind.calls.trash(query)}
      columns={[
        { key: 'title', label: kind.label, render: (record) => <b dir="auto">{kind.titleOf(record)}</b> },
      ]}
      titleOf={kind.titleOf}
      restore={(id) => kind.calls.restore(id)}
      restores={t('It is as it was.')}
    />
  )
}

function Value({ field, record }: { field: PlainField<PlainRecord>; record: PlainRecord }) {
  const value = record[field.name]
  if (value === null || value === undefined || value === '')
    return <span className="quiet">{t('not given')}</span>
  const text = typeof value === 'number' ? number(value) : String(value)
  if (field.leadsTo) {
    return (
      <Anchor component={Link} to={field.leadsTo(record)} inherit dir="auto">
        {text}
      </Anchor>
    )
  }
  return (
    <span className={field.kind === 'lines' ? 'lines' : undefined} dir="auto">
      {text}
    </span>
  )
}
