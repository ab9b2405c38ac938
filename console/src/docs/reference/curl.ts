import type { Operation } from './operations.ts'
import { formType, type Sendable } from './request.ts'

/** Fields of forms and bodies that nobody wants in a history of commands. */
const secretName = /secret|password|token$/i

/** The line for a shell. Who sends it stands there as `$KEY`; nothing secret that was typed does. */
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
  if (body !== undefined) parts.push(...(isForm ? formParts(body) : [`-d ${quoted(withoutSecrets(body))}`]))
  parts.push(quoted(origin + path))
  return lines(['curl', ...parts])
}

/** Fills lines up to what the column beside the text shows of them. */
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

function withoutSecrets(body: string): string {
  return body.replace(/("(\w+)"\s*:\s*)"(?:\\.|[^"\\])*"/g, (field, before: string, name: string) =>
    secretName.test(name) ? `${before}"…"` : field,
  )
}

/** For a POSIX shell: plain where that is enough, else in single quotes. */
function quoted(text: string): string {
  return /^[\w./:=@%,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
