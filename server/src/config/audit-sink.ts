/** Where the audit log is copied to. */
export type AuditSinkPlace =
  | { kind: 'file'; target: string; path: string }
  | { kind: 'udp'; target: string; host: string; port: number }
  | { kind: 'tcp'; target: string; host: string; port: number }
  | { kind: 'unix'; target: string; path: string }

const defaultPorts = { udp: 514, tcp: 601 } as const

/** @returns undefined when the text names no place */
export function readAuditSink(target: string): AuditSinkPlace | undefined {
  const path = /^(file|syslog\+unix):(\/.*[^/])$/.exec(target)
  if (path?.[2]) return { kind: path[1] === 'file' ? 'file' : 'unix', target, path: path[2] }
  const kind = /^syslog\+(udp|tcp):/.exec(target)?.[1] as keyof typeof defaultPorts | undefined
  const url = URL.parse(target)
  if (!kind || !url?.hostname || url.username || !['', '/'].includes(url.pathname) || url.search)
    return undefined
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { kind, target, host, port: url.port === '' ? defaultPorts[kind] : Number(url.port) }
}
