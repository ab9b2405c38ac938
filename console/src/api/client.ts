import { Comserv } from 'comserv'
import { askForPassword } from '../session/asked-password.ts'
import { isPrerendered } from '../site.ts'

/** The public API, through the published client library, authenticated by the session cookie. */
export const comserv = new Comserv({
  session: true,
  confirm: askForPassword,
  // Nothing is requested while pages are rendered without a browser.
  ...(isPrerendered ? { baseUrl: 'http://prerendered.invalid' } : {}),
})
