import type { Context } from '../context.ts'
import { applyBatch, type Batch, type BatchItem, type BatchResult, batchSchemas } from '../http/batch.ts'
import type { Actor } from '../http/caller.ts'
import type { Tagged } from '../http/conditional.ts'
import { type Document, DocumentCreate, DocumentUpdate, ListedDocument } from './schema.ts'
import { createDocumentIn, deleteDocumentIn, updateDocumentIn } from './service.ts'
import { lockDocuments } from './store.ts'

export const documentBatch = batchSchemas('Document', {
  create: DocumentCreate,
  update: DocumentUpdate,
  resource: ListedDocument,
})

export type DocumentBatchItem = BatchItem<DocumentCreate, DocumentUpdate>

export function changeDocuments(
  context: Context,
  actor: Actor,
  batch: Batch<DocumentBatchItem>,
): Promise<BatchResult<ListedDocument>[]> {
  return applyBatch(context.database, batch, {
    lock: lockDocuments,
    async apply(trx, item) {
      switch (item.action) {
        case 'create':
          return listed(await createDocumentIn(trx, context, actor, item.data))
        case 'update':
          return listed(await updateDocumentIn(trx, context, actor, item.id, item.data, item.if_match))
        case 'delete':
          await deleteDocumentIn(trx, context, actor, item.id, item.if_match)
          return undefined
      }
    },
  })
}

/** Without the content: the answer to a hundred changes of titles must not hold a hundred long texts. */
function listed({ etag, resource }: Tagged<Document>): Tagged<ListedDocument> {
  const { id, title, category, status, created_at, updated_at, author_id } = resource
  return { etag, resource: { id, title, category, status, created_at, updated_at, author_id } }
}
