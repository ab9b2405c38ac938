import { Autocomplete, Stack, Text } from '@mantine/core'
import type { ListedDocument, TrashedDocument } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { type BulkAction, useBulk } from '../record/bulk.tsx'
import { deleteAll, type OnProgress, restoreAll, updateAll } from '../record/bulk-changes.ts'
import { documents } from './documents.ts'
import { useCategories } from './use-categories.ts'

type Action = BulkAction<ListedDocument>
type Change = Partial<Pick<ListedDocument, 'status' | 'category'>> & { publish_at?: string }

const batch = (items: Parameters<typeof comserv.documents.batch>[0]) => comserv.documents.batch(items)

const actions: Record<'publish' | 'archive' | 'delete', Action> = {
  publish: {
    verb: t('Publish'),
    question: (things) => t('Publish {{things}}?', { things }),
    done: t('published'),
    explains: t('Everybody who signs in, and every program that reads documents, sees them at once.'),
    isHarmless: true,
    applies: ({ status }) => status !== 'published',
    run: (rows, onProgress) => setStatus(rows, 'published', onProgress),
  },
  archive: {
    verb: t('Archive'),
    question: (things) => t('Archive {{things}}?', { things }),
    done: t('archived'),
    explains: t('Readers no longer see them. Nothing is lost, and they can be published again.'),
    isHarmless: true,
    applies: ({ status }) => status !== 'archived',
    run: (rows, onProgress) => setStatus(rows, 'archived', onProgress),
  },
  delete: {
    verb: t('Delete'),
    question: (things) => t('Delete {{things}}?', { things }),
    done: t('moved to the trash'),
    explains: t('They go to the trash, with their versions. Readers and programs no longer find them.'),
    applies: () => true,
    run: (rows, onProgress) => deleteAll(batch, rows, (id) => comserv.documents.restore(id), onProgress),
  },
}

/** Publishing or archiving a draft ends its schedule, which an undo restores. */
async function setStatus(
  rows: readonly ListedDocument[],
  status: ListedDocument['status'],
  onProgress: OnProgress,
) {
  const schedules = await schedulesOf(rows.filter((row) => row.status === 'draft'))
  const before = (row: ListedDocument) => {
    const publish_at = schedules.get(row.id)
    return { status: row.status, ...(publish_at ? { publish_at } : {}) }
  }
  return updateAll<ListedDocument, Change>(batch, rows, { status }, before, onProgress)
}

async function schedulesOf(drafts: readonly ListedDocument[]): Promise<Map<number, string>> {
  const schedules = new Map<number, string>()
  if (drafts.length === 0) return schedules
  const ids = new Set(drafts.map(({ id }) => id))
  for await (const { id } of comserv.documents.list({ scheduled: true, limit: 100 })) {
    if (!ids.has(id)) continue
    const { publish_at } = await comserv.documents.get(id)
    if (publish_at) schedules.set(id, publish_at)
  }
  return schedules
}

export function restoreDocuments(rows: readonly TrashedDocument[]) {
  return restoreAll(batch, rows, async (id) => (await comserv.documents.restore(id).withResponse()).etag)
}

export function useBulkDocuments() {
  const [category, setCategory] = useState('')
  const wanted = category.trim()
  const move: Action = {
    verb: t('Change category'),
    done: t('moved to “{{wanted}}”', { wanted }),
    question: (things) => t('Move {{things}} to another category?', { things }),
    explains: <CategoryField value={category} onChange={setCategory} />,
    isHarmless: true,
    applies: (row) => row.category !== wanted,
    isIncomplete: wanted === '',
    run: (rows, onProgress) =>
      updateAll<ListedDocument, Change>(
        batch,
        rows,
        { category: wanted },
        ({ category }) => ({ category }),
        onProgress,
      ),
  }
  return useBulk<ListedDocument>({
    plural: 'documents',
    hasAll: true,
    titleOf: ({ title }) => title,
    pathOf: ({ id }) => `${documents.path}/${id}`,
    actions: [actions.publish, actions.archive, move, actions.delete],
  })
}

function CategoryField({ value, onChange }: { value: string; onChange(category: string): void }) {
  return (
    <Stack gap="xs">
      <Autocomplete
        data-autofocus
        openOnFocus={false}
        label={t('Category')}
        data={useCategories()}
        value={value}
        onChange={onChange}
        maxLength={100}
      />
      <Text size="sm" c="dimmed">
        {t('A new name makes a new category.')}
      </Text>
    </Stack>
  )
}
