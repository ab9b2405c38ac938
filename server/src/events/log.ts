/** The log as it is stored, for features that act on events rather than show them. */
export { type EventRow, findEvent, findPrevious, listEvents } from './store.ts'
