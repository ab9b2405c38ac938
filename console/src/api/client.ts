import { Comserv } from 'comserv'

/** The public API, through the published client library, authenticated by the session cookie. */
export const comserv = new Comserv({ session: true })
