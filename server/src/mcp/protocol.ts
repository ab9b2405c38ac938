/** The codes of JSON-RPC 2.0 §5.1, and those of the Model Context Protocol. */
export const codes = {
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  headerMismatch: -32_020,
  unsupportedVersion: -32_022,
} as const

export interface Message {
  method: string
  params: Record<string, unknown>
  /** Undefined: a notification. */
  id: string | number | undefined
}

export interface Answer {
  status: number
  body: object | undefined
}

/** Ends a message that the protocol does not allow. What a tool refuses is a result instead, which the assistant reads. */
export class ProtocolError extends Error {
  readonly code: number
  readonly status: number
  readonly data: object | undefined

  constructor(
    code: number,
    message: string,
    { status = 200, data }: { status?: number; data?: object } = {},
  ) {
    super(message)
    this.code = code
    this.status = status
    this.data = data
  }
}

export function failed(
  id: Message['id'],
  { code, message, data, status }: ProtocolError,
): { status: number; body: object } {
  const error = { code, message, ...(data ? { data } : {}) }
  return { status, body: { jsonrpc: '2.0', id: id ?? null, error } }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws ProtocolError */
export function readMessage(body: unknown): Message {
  if (Array.isArray(body))
    throw malformed('Send one message at a time: batches are not part of the protocol.')
  if (!isObject(body) || body.jsonrpc !== '2.0')
    throw malformed("Send a JSON-RPC 2.0 message: 'jsonrpc' is '2.0'.")
  const { method, id, params = {} } = body
  if (typeof method !== 'string')
    throw malformed("Send a request with a 'method': this server asks nothing that could be answered.")
  if (id !== undefined && typeof id !== 'string' && !Number.isSafeInteger(id))
    throw malformed("The 'id' of a request is a text or an integer.")
  if (!isObject(params)) throw malformed("The 'params' of a request are an object.")
  return { method, params, id: id as Message['id'] }
}

function malformed(message: string): ProtocolError {
  return new ProtocolError(codes.invalidRequest, message, { status: 400 })
}
