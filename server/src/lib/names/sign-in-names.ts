import { emailKey } from './email-addresses.ts'
import { usernameKey } from './usernames.ts'

/** Whom somebody means who signs in: the key of a username, or of an email address. */
export function signInKeyOf(name: string): { column: 'username_key' | 'email_key'; key: string } {
  // Also where it is typed in full width.
  return name.normalize('NFKC').includes('@')
    ? { column: 'email_key', key: emailKey(name) }
    : { column: 'username_key', key: usernameKey(name) }
}
