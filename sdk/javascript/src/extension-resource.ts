import type { BatchOptions, CallOptions, ChangeOptions, PostOptions } from './call-options.ts'
import { ConfigurationError } from './errors.ts'
import { fieldsIn, itemsIn, optional } from './given-values.ts'
import type { Http } from './http.ts'
import { path } from './path.ts'
import { shown } from './shown.ts'
import type { BatchAnswer, CategoryBatchResult, CategoryExportQuery } from './types.ts'

const namePattern = /^(?:([a-z][a-z0-9]{1,29})\/)?([a-z][a-z0-9_]{0,29})$/

/** What every record of an extension has, beside the fields of its declaration. */
export interface ExtensionRecord {
  id: number
  created_at: string
  updated_at: string
}

export interface ExtensionListQuery {
  limit?: number
  page?: number
  cursor?: string
  sort?: 'created_at' | '-created_at'
  /** A filter that the extension declares. */
  [filter: string]: string | number | undefined
}

/** A record in the trash, until it is purged. */
export interface TrashedExtensionRecord extends ExtensionRecord {
  deleted_at: string
  purge_at: string
}

export type ExtensionBatchItem<T> =
  | { action: 'create'; data: T }
  | { action: 'update'; id: number; data: Partial<T>; if_match?: string | null }
  | { action: 'delete'; id: number; if_match?: string | null }

export type ExtensionBatchResult<T> = Omit<CategoryBatchResult, 'resource'> & {
  resource?: T & ExtensionRecord
}

/** The filters of a list, and `format` and `formulas` as in every export. */
export type ExtensionExportQuery = Omit<CategoryExportQuery, 'name'> & {
  [filter: string]: string | number | undefined
}

export type ExtensionResource<T extends object> = ReturnType<typeof extensionResource<T>>

/** @throws ConfigurationError */
export function extensionResource<T extends object>(http: Http, name: string) {
  const place = pathOf(name)
  const pathOfOne = (id: number) => path(`${place}/{id}`, { id })
  return {
    /** Await the result for one page, or iterate over it for all pages, fetched as needed. */
    list: (query?: ExtensionListQuery, options?: CallOptions) =>
      http.list<T & ExtensionRecord>(() => ({ path: place, query, options })),
    create: (record: T, options?: PostOptions) =>
      http.call<T & ExtensionRecord>(() => ({
        method: 'POST',
        path: place,
        json: fieldsIn('record', record),
        options,
      })),
    get: (id: number, options?: CallOptions) =>
      http.call<T & ExtensionRecord>(() => ({ method: 'GET', path: pathOfOne(id), options })),
    /** Fields that are left out keep their value. */
    update: (id: number, change: Partial<T>, options?: ChangeOptions) =>
      http.call<(T & ExtensionRecord) | undefined>(() => ({
        method: 'PATCH',
        path: pathOfOne(id),
        json: fieldsIn('change', change),
        options,
        mayBeEmpty: true,
      })),
    /** Moves it to the trash. */
    delete: (id: number, options?: ChangeOptions) =>
      http.send(() => ({ method: 'DELETE', path: pathOfOne(id), options })),
    /** Creates, updates and deletes up to 100 records; each item has its own result. */
    batch: (items: readonly ExtensionBatchItem<T>[], options?: BatchOptions) =>
      http.call<BatchAnswer<ExtensionBatchResult<T>>>(() => {
        const { atomic, ...others }: BatchOptions = optional('options', options)
        return {
          method: 'POST',
          path: `${place}/batch`,
          query: { atomic },
          json: { items: itemsIn('items', items) },
          options: others,
        }
      }),
    /** Records that match the filters, oldest first, as they arrive. */
    export: (query?: ExtensionExportQuery, options?: CallOptions) =>
      http.export<T & ExtensionRecord>(() => ({ path: `${place}/export`, query, options })),
    /** Deleted records that can be restored. */
    trash: (query?: ExtensionListQuery, options?: CallOptions) =>
      http.list<T & TrashedExtensionRecord>(() => ({ path: `${place}/trash`, query, options })),
    /** Takes a record out of the trash. */
    restore: (id: number, options?: PostOptions) =>
      http.call<(T & ExtensionRecord) | undefined>(() => ({
        method: 'POST',
        path: path(`${place}/{id}/restore`, { id }),
        options,
        mayBeEmpty: true,
      })),
  }
}

/** `invoices` are those of the extension of that name; others are named `EXTENSION/PLURAL`. */
function pathOf(name: unknown): string {
  const [, extension, plural = ''] = typeof name === 'string' ? (namePattern.exec(name) ?? []) : []
  if (plural === '')
    throw new ConfigurationError(
      `A resource of an extension is named 'invoices' or 'crm/contacts', not ${shown(name)}.`,
    )
  return `/api/v1/x/${extension ?? plural}/${plural}`
}
