import { type Ask, createAuthentication } from './authentication.ts'
import { type Answer, Call } from './call.ts'
import type { CallOptions } from './call-options.ts'
import { unexpectedAnswer } from './error-mapping.ts'
import { ConfigurationError } from './errors.ts'
import { EventStream } from './event-stream.ts'
import type { Received } from './exchange.ts'
import { Export } from './export.ts'
import { checkedId, Segment, withoutLists } from './given-values.ts'
import type { Settings } from './options.ts'
import { ListCall, nextQueryOf, Page } from './page.ts'
import { rateLimitOf } from './rate-limit.ts'
import { csrfTokenOf } from './received-tokens.ts'
import { reconnectDelayMs } from './retry.ts'
import { formOf } from './secrets.ts'
import { type Outgoing, send } from './send.ts'
import type { ListMeta, Session } from './types.ts'

/** What the resources are built on. Its secrets are in closures. */
export interface Http {
  /** @throws ConfigurationError for a call that this client cannot make */
  call<T>(outgoing: Outgoing): Call<T>
  /** A call whose response has no content. */
  send(outgoing: Outgoing): Call<void>
  list<T, Meta = ListMeta>(path: string, query?: object, options?: CallOptions): ListCall<T, Meta>
  export<T>(path: string, query?: object, options?: CallOptions): Export<T>
  stream<T>(path: string, query?: { after?: number | undefined }, options?: CallOptions): EventStream<T>
}

/** Without a byte for that long, a stream is dead: the server sends a comment every 15 seconds. */
const streamTimeoutMs = 45_000

export function createHttp(settings: Settings): Http {
  const ask: Ask = (request) => answerTo(request)
  const authentication = createAuthentication(settings, ask)

  async function answerTo<T>(outgoing: Outgoing): Promise<Answer<T>> {
    const answer = answerOf<T>(await send(settings, authentication, outgoing))
    // When a session ends nothing is returned, and its token is dropped.
    if (outgoing.isOfSession)
      authentication.rememberCsrfToken(
        answer.data === undefined ? undefined : csrfTokenOf(answer as Answer<Session>),
      )
    return answer
  }

  function checked(outgoing: Outgoing): Outgoing {
    if (outgoing.isOfSession && settings.who.kind !== 'session')
      throw new ConfigurationError('Signing in and out needs a client with session: true.')
    return outgoing.form ? { ...outgoing, form: formOf(settings.who, outgoing.form) } : outgoing
  }

  async function pageAt<T, Meta>(
    path: string,
    query: object,
    options: CallOptions,
  ): Promise<Answer<Page<T, Meta>>> {
    const answer = await answerTo<{ data: T[]; meta: Meta }>({ method: 'GET', path, query, options })
    if (!Array.isArray(answer.data?.data)) throw foreignAnswer(answer)
    const next = nextQueryOf(answer.headers.get('link'))
    const page = new Page<T, Meta>(answer.data, next, (nextQuery) => pageAt(path, nextQuery, options))
    return { ...answer, data: page }
  }

  async function chunksOf(outgoing: Outgoing): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
    const { chunks } = await send(settings, authentication, { ...outgoing, isStreamed: true })
    return chunks ?? []
  }

  return {
    call: (outgoing) => new Call(answerTo(checked(outgoing))),
    send: (outgoing) =>
      new Call(answerTo(checked(outgoing)).then((answer) => ({ ...answer, data: undefined }))),
    list: (path, query = {}, options = {}) => new ListCall(pageAt(path, query, options)),
    export: (path, query = {}, options = {}) =>
      new Export(async (accept) => {
        const { chunks, headers } = await send(settings, authentication, {
          method: 'GET',
          path,
          query,
          accept,
          options,
          isStreamed: true,
        })
        return { chunks: chunks ?? [], end: headers.get('x-export-end') ?? undefined }
      }),
    stream: (path, query = {}, options = {}) =>
      new EventStream({
        after: query.after,
        reconnectsMax: options.maxRetries,
        open: (after, more) =>
          chunksOf({
            method: 'GET',
            path,
            query: { ...withoutLists(query), after },
            accept: 'text/event-stream',
            options: { timeoutMs: streamTimeoutMs, ...options, ...more },
          }),
        wait: (reconnects, retryMs) =>
          settings.sleep(
            reconnectDelayMs({ reconnects, retryMs, random: settings.random() }),
            options.signal,
          ),
      }),
  }
}

/**
 * A path with ids in it. In plain JavaScript an id may be anything, and `..` would lead to another resource.
 * @throws ConfigurationError
 */
export function path(texts: TemplateStringsArray, ...ids: (number | Segment)[]): string {
  return texts.reduce((left, right, i) => {
    const id = ids[i - 1]
    return left + (id instanceof Segment ? id.text : checkedId(id)) + right
  })
}

/** A path segment. @throws ConfigurationError */
export function textIn(text: string): Segment {
  return new Segment(text)
}

/** An optional body is omitted if none of its fields is given. */
export function given(fields: object): object | undefined {
  return Object.values(fields).some((value) => value !== undefined) ? fields : undefined
}

function answerOf<T>(received: Received): Answer<T> {
  const { status, headers, body, isEmpty } = received
  if (status < 200 || status >= 300 || (body === undefined && !isEmpty)) throw foreignAnswer(received)
  return {
    data: body as T,
    status,
    headers,
    etag: headers.get('etag') ?? undefined,
    requestId: headers.get('x-request-id') ?? undefined,
    rateLimit: rateLimitOf(headers),
  }
}

/** Browsers report a redirect as status 0. */
function foreignAnswer({ status, headers }: Pick<Received, 'status' | 'headers'>) {
  const isRedirect = status === 0 || (status >= 300 && status < 400)
  return unexpectedAnswer(
    status,
    headers,
    isRedirect
      ? 'The server redirects, which this client does not follow, to keep its key from other servers. Is baseUrl right?'
      : 'The response does not have the format of the API. Is baseUrl right?',
  )
}
