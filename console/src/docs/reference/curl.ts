import type { Operation } from './operations.ts'
import { formType, type Sendable } from './request.ts'

/** Fields that must not end up in a shell history. */
const secretName = /secret|password|token$|^authorization$/i

/** The shell command. It names the key as `$KEY` and form secrets as `$CLIENT_SECRET`, and never holds their values. */
export function curlLine(
  origin: string,
  operation: Operation,
  { method, path, headers, body }: Sendable,
): string {
  const parts: string[] = []
  const impliesPost = method === 'POST' && body !== undefined
  if (method !== 'GET' && !impliesPost) parts.push(`-X ${method}`)
  if (operation.access.kind === 'credential') parts.push('-H "X-API-Key: $KEY"')
  if (operation.access.kind === 'session')
    parts.push(`-b "$COOKIE"${method === 'GET' ? '' : ' -H "X-CSRF-Token: $CSRF_TOKEN"'}`)
  const isForm = headers['Content-Type'] === formType
  for (const [name, value] of Object.entries(headers)) {
    if (!(isForm && name === 'Content-Type')) parts.push(`-H ${quoted(`${name}: ${value}`)}`)
  }
  // An OAuth client authenticates by HTTP Basic or within the form.
  if (isForm && !/(^|&)client_secret=/.test(body ?? '')) parts.push('-u "$CLIENT_ID:$CLIENT_SECRET"')
  if (body !== undefined) parts.push(...(isForm ? formParts(body) : [`-d ${quoted(body)}`]))
  parts.push(quoted(origin + path))
  return lines(['curl', ...parts])
}

/** Wraps lines to the width of the column beside the text. */
function lines(parts: readonly string[]): string {
  const widthMax = 46
  const done: string[] = []
  let line = ''
  for (const part of parts) {
    if (line !== '' && line.length + part.length > widthMax) {
      done.push(line)
      line = `  ${part}`
    } else line = line === '' ? part : `${line} ${part}`
  }
  return [...done, line].join(' \\\n')
}

function formParts(body: string): string[] {
  return [...new URLSearchParams(body)].map(([name, value]) =>
    secretName.test(name) ? `-d ${name}="$${name.toUpperCase()}"` : `-d ${quoted(`${name}=${value}`)}`,
  )
}

/** The request without the secrets of its body, for a command that may be kept or shared. */
export function withoutSecrets(sendable: Sendable): Sendable {
  const body = sendable.body?.replace(
    /("(\w+)"\s*:\s*)"(?:\\.|[^"\\])*"/g,
    (field, before: string, name: string) => (secretName.test(name) ? `${before}"…"` : field),
  )
  return { ...sendable, body }
}

/** Quotes for a POSIX shell, if needed. */
function quoted(text: string): string {
  return /^[\w./:=@%,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
