import { Anchor, Button, Paper } from '@mantine/core'
import type { Answer } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { locale } from '../i18n/language.ts'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { useBulk } from '../record/bulk.tsx'
import { deleteAll, restoreAll } from '../record/bulk-changes.ts'
import { ConfirmDelete } from '../record/change.tsx'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { ListPage } from '../record/list-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { type Trashed, TrashPage } from '../record/trash-page.tsx'
import { useMay } from '../session/use-session.ts'
import { UserName } from '../users/user-name.tsx'
import { plainForm } from './plain-form.tsx'
import type { PlainField, PlainKind, PlainRecord } from './plain-kind.ts'

interface Props {
  kind: PlainKind
}

export function PlainListPage({ kind }: Props) {
  const mayWrite = useMay()(kind.writes)
  const bulk = useBulkPlain(kind)
  const columns: readonly Column<PlainRecord>[] = [
    {
      key: 'title',
      label: kind.label,
      render: (record) => <RowLink kind={kind} id={record.id} label={kind.titleOf(record)} />,
    },
    ...kind.fields
      .filter(({ isListed, isExtra }) => isListed || isExtra)
      .map((field) => ({
        key: field.name,
        label: field.label,
        isExtra: field.isExtra === true,
        isWhole: field.kind === 'date' || field.kind === 'choice',
        render: (record: PlainRecord) => <Value field={field} record={record} />,
      })),
    createdColumn('ascending'),
  ]
  return (
    <ListPage
      title={kind.title}
      lead={kind.lead}
      under={kind.trail.slice(0, -1)}
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
      selecting={mayWrite ? bulk : undefined}
      empty={{ title: kind.noneTitle }}
      below={kind.below && <kind.below />}
    />
  )
}

/** The API compares whole values, so a text is applied once it is complete. */
function filtersOf({ fields }: PlainKind): Filter[] {
  return fields
    .filter(({ isFilter }) => isFilter)
    .map(({ name, label, kind, options = [] }): Filter => {
      if (kind === 'choice') return { kind, name, label, options }
      if (kind === 'user') return { kind, name, label }
      return kind === 'number'
        ? { kind: 'text', name, label, isNumber: true }
        : { kind: 'suggested', name, label, suggestions: [] }
    })
}

function useBulkPlain(kind: PlainKind) {
  return useBulk<PlainRecord>({
    plural: kind.plural,
    titleOf: kind.titleOf,
    pathOf: ({ id }) => `${kind.path}/${id}`,
    hasAll: true,
    actions: [
      {
        verb: t('Delete'),
        question: (things) => t('Delete {{things}}?', { things }),
        done: t('moved to the trash'),
        explains: deletionOf(kind),
        applies: () => true,
        run: (rows, onProgress) =>
          deleteAll(kind.calls.batch, rows, (id) => kind.calls.restore(id), onProgress),
      },
    ],
  })
}

/** What becomes of a deleted record. */
function deletionOf({ deletion }: PlainKind): string {
  return deletion === undefined
    ? t('It can be restored from there until the date shown in the trash.')
    : t('{{deletion}} It can be restored from the trash until the date shown there.', { deletion })
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
        {deletionOf(kind)}
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
      restoreAll={(rows) =>
        restoreAll(kind.calls.batch, rows, async (id) => (await kind.calls.restore(id).withResponse()).etag)
      }
      restores={t('It is as it was.')}
    />
  )
}

function Value({ field, record }: { field: PlainField<PlainRecord>; record: PlainRecord }) {
  const value = record[field.name]
  if (value === null || value === undefined || value === '')
    return <span className="quiet">{t('not given')}</span>
  if (field.kind === 'user') return <UserName id={Number(value)} />
  const text = textOf(field, value)
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

const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 15 })

function textOf({ kind, options = [] }: PlainField<PlainRecord>, value: unknown): string {
  if (typeof value === 'number') return numbers.format(value)
  if (kind === 'date') return dayOf(String(value))
  return options.find((option) => option.value === value)?.label ?? String(value)
}

/** A text that is no day, since the field was declared otherwise once, stays as it is. */
function dayOf(text: string): string {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? text : days.format(ms)
}
