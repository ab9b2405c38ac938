import { nameClasses } from './class-names.ts'
import { ComservError } from './errors.ts'

/** A person who came back from the server is not signed in: they refused, or may not use the application. */
export class SignInError extends ComservError {
  override readonly name = 'SignInError'
  /** By RFC 6749 §4.1.2.1 or OpenID Connect, such as `access_denied`. */
  readonly error: string

  constructor(error: string, details: string) {
    super(`${details || 'The sign-in failed.'} (${error})`)
    this.error = error
  }
}

nameClasses({ SignInError })
