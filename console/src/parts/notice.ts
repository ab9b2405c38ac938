import { useSyncExternalStore } from 'react'
import { sentenceOf } from '../api/problem.ts'

/** A message that is shown above the page for a while, by `Notices`. */
export interface Notice {
  id: number
  message: string
  isProblem?: boolean
  undo?: () => Promise<unknown>
}

const shownMs = 6_000
/** Long enough to read it twice and reach the button by keyboard; after that use the trash. */
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

/** Stays until it is closed: what was saved may not be what was meant. */
export function noticeToCheck(message: string): void {
  show({ message, isProblem: true })
}

/** Stays until it is closed: a failure must not be missed. */
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

/** Hovering does not stop the timer: a notice under a resting pointer would never leave. */
function show(content: Omit<Notice, 'id'>, forMs?: number): void {
  const id = ++lastId
  set([...notices, { id, ...content }].slice(-noticesMax))
  if (forMs !== undefined) setTimeout(closeNotice, forMs, id)
}

function set(next: readonly Notice[]): void {
  notices = next
  for (const listener of listeners) listener()
}
