import type { IncomingHttpHeaders } from 'node:http'
import { codes, isObject, type Message, ProtocolError } from './protocol.ts'

const stateless = '2026-07-28'
/** Revisions with a handshake, newest first. This server keeps nothing of it. */
export const legacyVersions = ['2025-11-25', '2025-06-18']

const versionKey = 'io.modelcontextprotocol/protocolVersion'
const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities'
const serverInfoKey = 'io.modelcontextprotocol/serverInfo'

/**
 * By which revision a message is meant. Since 2026-07-28 each says so itself, in its `_meta` and in headers that gateways
 * read; both have to agree.
 * @throws ProtocolError
 */
export function eraOf({ method, params, id }: Message, headers: IncomingHttpHeaders): 'stateless' | 'legacy' {
  const header = headers['mcp-protocol-version']
  const meta = isObject(params._meta) ? params._meta : {}
  const claimed = meta[versionKey]
  if (claimed === undefined && header !== stateless) {
    if (header !== undefined && !legacyVersions.includes(String(header))) throw unsupported(String(header))
    return 'legacy'
  }
  if (id === undefined && claimed === undefined) return 'stateless'
  if (typeof claimed !== 'string' || !isObject(meta[capabilitiesKey])) {
    throw new ProtocolError(
      codes.invalidParams,
      `Since ${stateless}, the '_meta' of a request has '${versionKey}' and '${capabilitiesKey}'.`,
      { status: 400 },
    )
  }
  requireSame('MCP-Protocol-Version', header, claimed)
  if (claimed !== stateless) throw unsupported(claimed)
  if (id === undefined) return 'stateless'
  requireSame('Mcp-Method', headers['mcp-method'], method)
  if (method === 'tools/call' && typeof params.name === 'string')
    requireSame('Mcp-Name', decoded(headers['mcp-name']), params.name)
  return 'stateless'
}

/** The revision that a client asks for, or the newest that it might know. */
export function versionOf(asked: unknown): string {
  return legacyVersions.find((known) => known === asked) ?? String(legacyVersions[0])
}

/** A result as it is written since 2026-07-28. */
export function edition(result: object, serverInfo: object): object {
  return { resultType: 'complete', ...result, _meta: { [serverInfoKey]: serverInfo } }
}

/** Whether the client can ask its person during a call, which it says with every request since 2026-07-28. */
export function canAsk(params: Record<string, unknown> | undefined): boolean {
  const meta = params && isObject(params._meta) ? params._meta : {}
  const capabilities = isObject(meta[capabilitiesKey]) ? meta[capabilitiesKey] : {}
  const { elicitation } = capabilities
  // Without a mode it is a form.
  return isObject(elicitation) && (elicitation.form !== undefined || elicitation.url === undefined)
}

function requireSame(name: string, header: unknown, said: string): void {
  if (header === said) return
  throw new ProtocolError(
    codes.headerMismatch,
    header === undefined
      ? `The header ${name} is missing; it repeats what the message says.`
      : `The header ${name} says something else than the message.`,
    { status: 400 },
  )
}

/** What is not printable ASCII is sent in base64 (SEP-2243). */
function decoded(header: string | string[] | undefined): unknown {
  const base64 = typeof header === 'string' ? /^=\?base64\?(.*)\?=$/.exec(header)?.[1] : undefined
  return base64 === undefined ? header : Buffer.from(base64, 'base64').toString()
}

function unsupported(requested: string): ProtocolError {
  const supported = [stateless, ...legacyVersions]
  return new ProtocolError(
    codes.unsupportedVersion,
    `This server has the revisions ${supported.join(', ')} of the protocol.`,
    { status: 400, data: { supported, requested: requested.slice(0, 100) } },
  )
}
