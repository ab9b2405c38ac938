import { askForPassword, needsPassword } from '../../session/asked-password.ts'
import type { Caller } from './caller.ts'
import type { Operation } from './operations.ts'

/** The form's values, by parameter name. */
export interface Filled {
  parameters: Readonly<Record<string, string>>
  /** JSON as written; for a form, its fields. */
  body: string
  form: Readonly<Record<string, string>>
}

/** A request without its credentials. */
export interface Sendable {
  method: string
  path: string
  headers: Readonly<Record<string, string>>
  body: string | undefined
}

export const formType = 'application/x-www-form-urlencoded'

export function bodyTypeOf({ body }: Operation): string | undefined {
  return body && Object.keys(body.content)[0]
}

export function sendableOf(operation: Operation, { parameters, body, form }: Filled): Sendable {
  const filled = operation.parameters.flatMap((parameter) => {
    const value = parameters[parameter.name] ?? ''
    return value === '' ? [] : [{ ...parameter, value }]
  })
  const type = bodyTypeOf(operation)
  const text = type === formType ? formText(form) : body.trim()
  const query = new URLSearchParams(
    filled.filter((p) => p.in === 'query').map(({ name, value }) => [name, value]),
  )
  return {
    method: operation.method,
    path:
      operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? '')) +
      (query.size > 0 ? `?${query}` : ''),
    headers: {
      ...Object.fromEntries(filled.filter((p) => p.in === 'header').map(({ name, value }) => [name, value])),
      ...(type !== undefined && text !== '' ? { 'Content-Type': type } : {}),
    },
    body: type !== undefined && text !== '' ? text : undefined,
  }
}

function formText(form: Readonly<Record<string, string>>): string {
  return new URLSearchParams(Object.entries(form).filter(([, value]) => value !== '')).toString()
}

export interface Received {
  status: number
  statusText: string
  headers: readonly (readonly [string, string])[]
  body: string
  /** The length of the body that is not shown. */
  hiddenChars: number
  durationMs: number
}

const shownCharsMax = 200_000

/**
 * Sends a real request. A key is sent alone, without the session cookie; a session is sent with its
 * CSRF token. Neither is ever part of the URL.
 */
export async function sendForReal(
  { method, path, headers, body }: Sendable,
  caller: Caller,
  csrfToken: string | undefined,
): Promise<Received> {
  const send = () =>
    fetch(path, {
      method,
      headers: { ...headers, ...credentialsOf(caller, method, csrfToken) },
      credentials: caller.kind === 'session' ? 'same-origin' : 'omit',
      cache: 'no-store',
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
  let startedMs = performance.now()
  let response = await send()
  if (needsPassword(response)) {
    await askForPassword({ path })
    startedMs = performance.now()
    response = await send()
  }
  const text = await response.text()
  return {
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    body: text.slice(0, shownCharsMax),
    hiddenChars: Math.max(0, text.length - shownCharsMax),
    durationMs: performance.now() - startedMs,
  }
}

function credentialsOf(
  { kind, key }: Caller,
  method: string,
  csrfToken: string | undefined,
): Record<string, string> {
  if (kind === 'key') return key.trim() === '' ? {} : { 'X-API-Key': key.trim() }
  if (kind === 'session' && method !== 'GET' && csrfToken) return { 'X-CSRF-Token': csrfToken }
  return {}
}
