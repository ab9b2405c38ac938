import type { BatchOptions, CallOptions, ChangeOptions, PostOptions } from '../call-options.ts'
import { type Http, path } from '../http.ts'
import type {
  BatchAnswer,
  Category,
  CategoryBatchItem,
  CategoryBatchResult,
  CategoryCreate,
  CategoryExportQuery,
  CategoryListQuery,
  CategoryTrashQuery,
  CategoryUpdate,
  TrashedCategory,
} from '../types.ts'

export type Categories = ReturnType<typeof categoriesOf>

/** Scopes `documents:read` and `documents:write`. */
export function categoriesOf(http: Http) {
  return {
    /** One page when awaited, all categories when iterated over. */
    list: (query?: CategoryListQuery, options?: CallOptions) =>
      http.list<Category>('/api/v1/categories', query, options),

    get: (id: number, options?: CallOptions) =>
      http.call<Category>({ method: 'GET', path: path`/api/v1/categories/${id}`, options }),

    create: (category: CategoryCreate, options?: PostOptions) =>
      http.call<Category>({ method: 'POST', path: '/api/v1/categories', json: category, options }),

    /** Changes the fields that are given; null clears an optional one. */
    update: (id: number, change: CategoryUpdate, options?: ChangeOptions) =>
      http.call<Category>({ method: 'PATCH', path: path`/api/v1/categories/${id}`, json: change, options }),

    /** Moves the category to the trash, from where `restore` brings it back for 30 days. */
    delete: (id: number, options?: ChangeOptions) =>
      http.call<void>({ method: 'DELETE', path: path`/api/v1/categories/${id}`, options }),

    restore: (id: number, options?: PostOptions) =>
      http.call<Category>({ method: 'POST', path: path`/api/v1/categories/${id}/restore`, options }),

    /** Those that were deleted and can be restored. */
    trash: (query?: CategoryTrashQuery, options?: CallOptions) =>
      http.list<TrashedCategory>('/api/v1/categories/trash', query, options),

    /** Up to 100 changes in one request, each with a result of its own; with `atomic` all are done or none is. */
    batch: (items: readonly CategoryBatchItem[], { atomic, ...options }: BatchOptions = {}) =>
      http.call<BatchAnswer<CategoryBatchResult>>({
        method: 'POST',
        path: '/api/v1/categories/batch',
        query: { atomic },
        json: { items },
        options,
      }),

    /** All categories in one answer. */
    export: (query?: CategoryExportQuery, options?: CallOptions) =>
      http.export<Category>('/api/v1/categories/export', query, options),
  }
}
