import { useSyncExternalStore } from 'react'
import { sentenceOf } from '../api/problem.ts'

/** What the page itself does not show, said above it for a while. `Notices` shows them. */
export interface Notice {
  id: number
  message: string
  isProblem?: boolean
  undo?: () => Promise<unknown>
}

const shownMs = 6_000
/** Long enough to read it twice and reach the button with the keyboard; after that the trash has it. */
const undoShownMs = 20_000
const noticesMax = 3

let lastId = 0
let notices: readonly Notice[] = []
const listeners = new Set<() => void>()

export function notice(message: string): void {
  show({ message }, shownMs)
}

export function noticeWithUndo(message: string, undo: () => Promise<unknown>): void {
  show({ message, undo }, undoShownMs)
}

/** Stays until it is closed: nobody may miss that something was not done. */
export function noticeOfProblem(what: string, error: unknown): void {
  show({ message: `${what}: ${sentenceOf(error)}`, isProblem: true })
}

export function closeNotice(id: number): void {
  set(notices.filter((one) => one.id !== id))
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => notices,
  )
}

/** The time runs on under the pointer, too: a notice that stays because the pointer happens to rest there is in the way. */
function show(content: Omit<Notice, 'id'>, forMs?: number): void {
  const id = ++lastId
  set([...notices, { id, ...content }].slice(-noticesMax))
  if (forMs !== undefined) setTimeout(closeNotice, forMs, id)
}

function set(next: readonly Notice[]): void {
  notices = next
  for (const listener of listeners) listener()
}
