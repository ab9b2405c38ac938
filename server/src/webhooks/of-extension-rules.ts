import { invalidRequest } from '../api/errors.ts'
import { extensionOf } from '../extension/names.ts'

/** What may be changed of a webhook that delivers to an extension; the rest is decided by its code. */
const changeable = ['status', 'concurrency', 'rate_limit_per_minute', 'ordering']

/** @throws AppError invalid_request where the change is for the extension to make */
export function requireNotOfExtension({ id, url }: { id: number; url: string }, input?: object): void {
  const name = extensionOf(url)
  if (name === undefined) return
  const field = Object.keys(input ?? {}).find((one) => !changeable.includes(one))
  if (input !== undefined && field === undefined) return
  throw invalidRequest(
    `The webhook ${id} delivers to the extension '${name}', whose code decides ${field === undefined ? 'about it' : `its '${field}'`}. It can be paused: set 'status' to paused.`,
  )
}
