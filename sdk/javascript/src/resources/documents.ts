import type { BatchOptions, CallOptions, ChangeOptions, PostOptions } from '../call-options.ts'
import { type Http, path } from '../http.ts'
import type {
  BatchAnswer,
  CategoryUse,
  Document,
  DocumentBatchItem,
  DocumentBatchResult,
  DocumentCategoriesQuery,
  DocumentCreate,
  DocumentExportQuery,
  DocumentListQuery,
  DocumentTrashQuery,
  DocumentUpdate,
  ListedDocument,
  ListedRevision,
  Revision,
  RevisionListQuery,
  TrashedDocument,
} from '../types.ts'

export type Documents = ReturnType<typeof documentsOf>

/** Scopes `documents:read` and `documents:write`. */
export function documentsOf(http: Http) {
  return {
    /** One page when awaited, all documents when iterated over. */
    list: (query?: DocumentListQuery, options?: CallOptions) =>
      http.list<ListedDocument>('/api/v1/documents', query, options),

    get: (id: number, options?: CallOptions) =>
      http.call<Document>({ method: 'GET', path: path`/api/v1/documents/${id}`, options }),

    create: (document: DocumentCreate, options?: PostOptions) =>
      http.call<Document>({ method: 'POST', path: '/api/v1/documents', json: document, options }),

    /** Changes the fields that are given; null clears an optional one. */
    update: (id: number, change: DocumentUpdate, options?: ChangeOptions) =>
      http.call<Document>({ method: 'PATCH', path: path`/api/v1/documents/${id}`, json: change, options }),

    /** Moves the document to the trash, from where `restore` brings it back for 30 days. */
    delete: (id: number, options?: ChangeOptions) =>
      http.call<void>({ method: 'DELETE', path: path`/api/v1/documents/${id}`, options }),

    restore: (id: number, options?: PostOptions) =>
      http.call<Document>({ method: 'POST', path: path`/api/v1/documents/${id}/restore`, options }),

    /** Those that were deleted and can be restored. */
    trash: (query?: DocumentTrashQuery, options?: CallOptions) =>
      http.list<TrashedDocument>('/api/v1/documents/trash', query, options),

    /** The categories that documents have, by name, each with the number of its documents. */
    categories: (query?: DocumentCategoriesQuery, options?: CallOptions) =>
      http.list<CategoryUse>('/api/v1/documents/categories', query, options),

    /** What a document was before. */
    revisions: (id: number, query?: RevisionListQuery, options?: CallOptions) =>
      http.list<ListedRevision>(path`/api/v1/documents/${id}/revisions`, query, options),

    revision: (id: number, version: number, options?: CallOptions) =>
      http.call<Revision>({
        method: 'GET',
        path: path`/api/v1/documents/${id}/revisions/${version}`,
        options,
      }),

    /** Makes the document what it was, as a new version. */
    restoreRevision: (id: number, version: number, options?: PostOptions) =>
      http.call<Document>({
        method: 'POST',
        path: path`/api/v1/documents/${id}/revisions/${version}/restore`,
        options,
      }),

    /** Up to 100 changes in one request, each with a result of its own; with `atomic` all are done or none is. */
    batch: (items: readonly DocumentBatchItem[], { atomic, ...options }: BatchOptions = {}) =>
      http.call<BatchAnswer<DocumentBatchResult>>({
        method: 'POST',
        path: '/api/v1/documents/batch',
        query: { atomic },
        json: { items },
        options,
      }),

    /** All that the filters let through, in one answer, with their contents. */
    export: (query?: DocumentExportQuery, options?: CallOptions) =>
      http.export<Document>('/api/v1/documents/export', query, options),
  }
}
