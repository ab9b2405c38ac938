import type { Call } from 'comserv'
import { t } from '../i18n/t.ts'
import type { Step } from '../shell/page.tsx'

export interface Stored {
  id: number
}

/** The precondition that a change is sent with. */
export interface Match {
  ifMatch: string | undefined
}

/** What pages need to know of a kind of record: names, paths and methods. */
/** @typeParam Made the result of a create: with its secret, if it has one */
export interface Kind<T extends Stored, Create = never, Update = never, Made extends Stored = Stored> {
  /** The first part of its query keys: `users`. */
  plural: string
  /** The title of a page until its record is loaded: `User`. */
  label: string
  /** Path of the list. */
  path: string
  /** The breadcrumbs up to the list. */
  trail: readonly Step[]
  guide: string
  titleOf(record: T): string
  /** As in “Somebody else has changed …”. */
  called(record: T): string
  /** Methods of the client library. */
  calls: {
    get(id: number): Call<T>
    create(input: Create): PromiseLike<Made>
    update(id: number, change: Update, options: Match): Call<T | undefined>
    delete(id: number, options: Match): PromiseLike<unknown>
    /** If deleted records can be restored. */
    restore?(id: number): PromiseLike<unknown>
  }
}

/** The part of a kind that read-only pages need. */
export type Shown<T extends Stored> = Omit<Kind<T>, 'calls'> & {
  calls: Pick<Kind<T>['calls'], 'get' | 'restore'>
}

export function quoted(name: string): string {
  return t('“{{name}}”', { name })
}
