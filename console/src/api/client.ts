import { Comserv } from 'comserv'

/** The public API, by the same library that every other program has; signed in by the cookie of the session. */
export const comserv = new Comserv({ session: true })
