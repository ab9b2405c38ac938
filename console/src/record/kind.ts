import type { Call } from 'comserv'
import type { Step } from '../shell/page.tsx'

export interface Stored {
  id: number
}

/** By which a change tells what it was decided upon. */
export interface Match {
  ifMatch: string | undefined
}

/** What pages have to know of records of a kind: what they are called, where they are, how they are read and changed. */
/** @typeParam Made what making one returns: with its secret, where it has one */
export interface Kind<T extends Stored, Create = never, Update = never, Made extends Stored = Stored> {
  /** The first part of the keys under which they are kept: `users`. */
  plural: string
  /** What a page is called until one is read: `User`. */
  label: string
  /** Path of the list. */
  path: string
  /** The way to the list, which is its end. */
  trail: readonly Step[]
  guide: string
  titleOf(record: T): string
  /** As in “Somebody else has changed …”. */
  called(record: T): string
  /** Of the API's library. */
  calls: {
    get(id: number): Call<T>
    create(input: Create): PromiseLike<Made>
    update(id: number, change: Update, options: Match): Call<T>
    delete(id: number, options: Match): PromiseLike<unknown>
    /** Where what was deleted comes back. */
    restore?(id: number): PromiseLike<unknown>
  }
}

/** The kind, as far as it is shown and not changed. */
export type Shown<T extends Stored> = Omit<Kind<T>, 'calls'> & {
  calls: Pick<Kind<T>['calls'], 'get' | 'restore'>
}

export function quoted(name: string): string {
  return `“${name}”`
}
