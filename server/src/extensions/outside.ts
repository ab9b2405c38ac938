import type { ExtensionFetch } from '../extension/declaration.ts'
import type { Exchange } from '../sending/exchange.ts'
import { inServer } from './mistakes.ts'

const timeoutMsDefault = 10_000
const timeoutMsMax = 30_000
const responseBytesMax = 1024 * 1024

/** Requests to other servers, under the rules for webhooks: the guard looks at the URL, and at every address of it. */
export function fetchThrough(exchange: Exchange): ExtensionFetch {
  return async (url, { method = 'GET', headers = {}, body = '', timeoutMs = timeoutMsDefault } = {}) => {
    const { 'content-type': contentType = 'application/json', ...rest } = lowered(headers)
    const outcome = await inServer(() =>
      exchange.post(url, rest, body, {
        method: method.toUpperCase(),
        contentType,
        timeoutMs: Math.min(timeoutMs, timeoutMsMax),
        responseBytesMax,
      }),
    )
    if (outcome.kind === 'failed')
      throw new Error(
        outcome.reason === 'blocked'
          ? `${hostOf(url)} may not be called: it is no public address. COMSERV_WEBHOOK_ALLOWED_CIDRS can allow it.`
          : `${hostOf(url)} gave no response: ${outcome.reason}.`,
      )
    const { status, body: text } = outcome
    return {
      ok: status >= 200 && status <= 299,
      status,
      headers: outcome.headers,
      text,
      json: () => JSON.parse(text),
    }
  }
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** The rest of a URL may hold a secret. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'The URL'
}
