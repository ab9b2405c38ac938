import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import { useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import type { Column } from '../list/list-table.tsx'
import { type ListOf, ResourceList } from '../list/resource-list.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../shell/page.tsx'
import { useBulk } from './bulk.tsx'
import type { Outcome } from './bulk-changes.ts'
import type { Shown, Stored } from './kind.ts'
import { RestoreForm, type Takeable } from './restore-form.tsx'

export interface Trashed extends Stored {
  deleted_at: string
  purge_at: string
}

interface Props<T extends Trashed, Q> {
  kind: Pick<Shown<Stored>, 'plural' | 'label' | 'path' | 'trail'>
  guide: string
  fetch(query: Q): PromiseLike<ListOf<T>>
  /** The columns that identify a record. */
  columns: readonly Column<T>[]
  titleOf(row: T): string
  restore(id: number, as: { [name: string]: string }): PromiseLike<unknown>
  /** Restores many; without it, they are restored one by one. */
  restoreAll?: (rows: readonly T[]) => Promise<Outcome<T>>
  /** What a restored record is like. */
  restores: string
  /** Unique fields, whose values may have been taken since. */
  takeable?: readonly Takeable<T>[]
}

/** Deleted records that can still be restored, with the date on which they are purged. */
export function TrashPage<T extends Trashed, Q>(props: Props<T, Q>) {
  const { kind, guide, fetch, columns, titleOf, restore, restoreAll, restores, takeable = [] } = props
  const [asked, setAsked] = useState<T>()
  const close = () => setAsked(undefined)
  const bulk = useBulk<T>({
    plural: kind.plural,
    titleOf,
    actions: restoreAll
      ? [
          {
            verb: t('Restore'),
            question: (things) => t('Restore {{things}}?', { things }),
            done: t('restored'),
            explains: t('They are as they were when they were deleted.'),
            isHarmless: true,
            applies: () => true,
            run: restoreAll,
          },
        ]
      : [],
  })
  const kept = t('{{count}} days', { count: useCatalog().retention_days.trash })
  const all: readonly Column<T>[] = [
    ...columns,
    {
      key: 'deleted_at',
      label: t('Deleted'),
      sort: 'deleted_at',
      sortsByDefault: 'descending',
      isWhole: true,
      render: ({ deleted_at }) => <RowInstant at={deleted_at} />,
    },
    {
      key: 'purge_at',
      label: t('Purged'),
      isWhole: true,
      render: ({ purge_at }) => <RowInstant at={purge_at} />,
    },
    {
      key: 'actions',
      label: t('Actions'),
      isActions: true,
      render: (row) => (
        <Button
          size="xs"
          variant="default"
          aria-label={t('Restore {{title}}', { title: titleOf(row) })}
          onClick={() => setAsked(row)}
        >
          {t('Restore')}
        </Button>
      ),
    },
  ]
  return (
    <Page
      title={t('Trash')}
      under={kind.trail}
      guide={guide}
      lead={t('Deleted {{plural}} are kept for {{kept}}, then purged for good.', {
        plural: word(kind.plural),
        kept,
      })}
    >
      <ResourceList
        label={t('Deleted {{plural}}', { plural: word(kind.plural) })}
        queryKey={[kind.plural, 'trash']}
        fetch={fetch}
        columns={all}
        selecting={restoreAll ? bulk : undefined}
        empty={
          <Empty title={t('The trash is empty')}>
            {t('Deleted records can be restored here for {{kept}}.', { kept })}
          </Empty>
        }
      />
      <Modal
        opened={asked !== undefined}
        onClose={close}
        title={t('Restore “{{title}}”?', { title: asked && titleOf(asked) })}
      >
        {asked && (
          <RestoreForm
            plural={kind.plural}
            row={asked}
            title={titleOf(asked)}
            takeable={takeable}
            restore={(as) => restore(asked.id, as)}
            onClose={close}
          >
            {restores}
          </RestoreForm>
        )}
      </Modal>
    </Page>
  )
}
