/**
 * Why no response arrived. The platforms hide the reason behind a general message such as `fetch failed`, and OpenSSL
 * writes its source file into it; the error itself stays available as `cause`.
 */
export function reasonOf(error: unknown): string {
  const messages = chainOf(error).map((one) => (one instanceof Error ? one.message : shownReason(one)))
  const known = advice.find(([pattern]) => messages.some((message) => pattern.test(message)))
  if (known !== undefined) return known[1]
  // For a 407, Node gives a cause without a message.
  if (error instanceof TypeError && messages[1]?.trim() === '') return `${messages[0]}. ${proxyWantsPassword}`
  const reason = messages.filter((message) => message.trim() !== '').at(-1) ?? 'the reason is unknown'
  return reason.replace(/\s+/g, ' ').trim()
}

const proxyWantsPassword =
  'A proxy may have asked for a user name and password (407); put them into the address of the proxy.'

const advice: readonly (readonly [RegExp, string])[] = [
  [
    /wrong.version.number|packet.length.too.long|record.layer.failure|SSL routines.*http.request/i,
    'The server does not speak TLS at this address. Is it http://?',
  ],
  [
    /self[- ]signed|unable to (get|verify)|unknown (issuer|ca)\b|UnknownIssuer/i,
    "The server's certificate is not from a CA that this program trusts. For a CA of your own, start Node with " +
      'NODE_EXTRA_CA_CERTS=ca.pem, or with --use-system-ca.',
  ],
  [/blob could not be read/i, 'The file was changed or removed while it was sent.'],
  [/\b407\b|proxy authentication required/i, proxyWantsPassword],
]

/** Not everything that is thrown becomes a text. */
function shownReason(thrown: unknown): string {
  return typeof thrown === 'object' ? '' : String(thrown)
}

/** From the error to its innermost cause; several addresses of a host fail as one AggregateError. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = []
  let link = error
  while (link !== undefined && link !== null && !chain.includes(link)) {
    chain.push(link)
    const { cause, errors } = Object(link)
    link = cause ?? (Array.isArray(errors) && Object(link).message === '' ? errors[0] : undefined)
  }
  return chain
}
