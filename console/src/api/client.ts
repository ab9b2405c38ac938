import { Comserv } from 'comserv'
import { askForPassword } from '../session/asked-password.ts'

/** The public API, through the published client library, authenticated by the session cookie. */
export const comserv = new Comserv({ session: true, confirm: askForPassword })
