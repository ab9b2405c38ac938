import type { Call, Session } from 'comserv'
import type { ComponentType } from 'react'
import { labelOf } from '../catalog/use-catalog.ts'
import type { ListOf } from '../list/resource-list.tsx'
import type { Batch } from '../record/bulk-changes.ts'
import { type Kind, quoted } from '../record/kind.ts'
import type { Trashed } from '../record/trash-page.tsx'
import { admin, type Step } from '../shell/page.tsx'

type Scope = Session['scopes'][number]

/** The fields that every plain resource has. */
export type PlainRecord = { id: number; created_at: string; updated_at: string; [field: string]: unknown }

export interface PlainField<T> {
  name: keyof T & string
  label: string
  /** How it is entered; computed fields are only shown. */
  kind: 'line' | 'lines' | 'number' | 'date' | 'choice' | 'user' | 'computed'
  /** Of a choice. */
  options?: readonly { value: string; label: string }[]
  /** What a new record has. */
  fallback?: string | number
  explains?: string
  isRequired?: boolean
  /** Whether it is also a column of the list. */
  isListed?: boolean
  /** A column that is hidden until it is chosen. */
  isExtra?: boolean
  /** Whether the list can be filtered by it. */
  isFilter?: boolean
  /** The page that the value links to. */
  leadsTo?: (record: T) => string
}

/** A resource of one table, from which its pages derive. Its file in `resources` is its only code. */
interface Description<T> {
  /** As the API names it. */
  noun: string
  plural: string
  label: string
  /** The title of the page that creates one: `New category`. */
  newTitle: string
  /** Of an empty list: `No category yet`. */
  noneTitle: string
  /** Drawn on 24 by 24. */
  iconPath: string
  /** Shown below the list, also where it is empty. */
  below?: ComponentType
  lead: string
  guide: string
  reads: Scope
  writes: Scope
  calls: {
    list(query?: object): PromiseLike<ListOf<T>>
    get(id: number): Call<T>
    create(input: object): PromiseLike<T>
    update(id: number, change: object, options: { ifMatch: string | undefined }): Call<T | undefined>
    delete(id: number, options: { ifMatch: string | undefined }): PromiseLike<unknown>
    restore(id: number): Call<T | undefined>
    trash(query?: object): PromiseLike<ListOf<T & Trashed>>
    export(query?: object): unknown
    batch(items: Parameters<Batch<object>>[0]): ReturnType<Batch<object>>
  }
  /** The field that names a record. */
  named: keyof T & string
  fields: readonly PlainField<T>[]
  /** What a deletion does to related records. */
  deletion?: string
  /** The breadcrumbs before its list. */
  under?: readonly Step[]
}

export interface PlainKind<T extends PlainRecord = PlainRecord>
  extends Omit<Description<T>, 'label' | 'calls'>,
    Kind<T, object, object> {
  /** Of the list. */
  title: string
  calls: Description<T>['calls']
}

export function plainKind<T extends PlainRecord>(description: Description<T>): PlainKind<T> {
  const { noun, plural, label: title, named, under = admin } = description
  const path = `/console/${plural}`
  const titleOf = (record: T) => String(record[named] ?? '') || `#${record.id}`
  return {
    ...description,
    title,
    label: labelOf(noun),
    path,
    trail: [...under, { label: title, to: path }],
    titleOf,
    called: (record) => quoted(titleOf(record)),
  }
}
