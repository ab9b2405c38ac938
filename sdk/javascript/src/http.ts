import { type Ask, createAuthentication } from './authentication.ts'
import { type Answer, Call } from './call.ts'
import type { CallOptions } from './call-options.ts'
import { unexpectedAnswer } from './error-mapping.ts'
import { ConfigurationError } from './errors.ts'
import { EventStream } from './event-stream.ts'
import type { Received } from './exchange.ts'
import { Export } from './export.ts'
import { checkedPosition, withDefaults, withTexts } from './given-values.ts'
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
  call<T>(outgoing: () => Outgoing): Call<T>
  /** A call whose response has no content. */
  send(outgoing: () => Outgoing): Call<void>
  list<T, Meta = ListMeta>(asked: () => Asked): ListCall<T, Meta>
  export<T>(asked: () => Asked): Export<T>
  stream<T>(asked: () => Asked): EventStream<T>
  /** Ends the access of an application. */
  signOut(): Promise<void>
}

/**
 * What a list, an export or a stream asks for. Like `Outgoing` it is described by a function, whose errors are those of
 * the promise: a method that throws instead would end a program that handles its rejections.
 */
interface Asked {
  path: string
  query?: object | undefined
  options?: CallOptions | undefined
  /** The parameters that take a list. */
  lists?: readonly string[]
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

  async function described<T>(describe: () => Outgoing, isBare = false): Promise<Answer<T>> {
    const outgoing = checked(describe())
    const answer = await answerTo<T>(outgoing)
    const isEmpty = answer.status === 204 && outgoing.mayBeEmpty === true
    if (!isBare && !isEmpty && !isObject(answer.data)) throw foreignAnswer(answer)
    return answer
  }

  async function pageOf<T, Meta>(asked: () => Asked): Promise<Answer<Page<T, Meta>>> {
    const { path, query, options } = asked()
    const answer = await answerTo<{ data: T[]; meta: Meta }>({ method: 'GET', path, query, options })
    if (!Array.isArray(answer.data?.data) || !isObject(answer.data.meta)) throw foreignAnswer(answer)
    const next = nextQueryOf(answer.headers.get('link'))
    const page = new Page<T, Meta>(answer.data, next, (nextQuery) =>
      pageOf(() => ({ path, query: nextQuery, options })),
    )
    return { ...answer, data: page }
  }

  async function opened(outgoing: Outgoing) {
    const received = await send(settings, authentication, { ...outgoing, isStreamed: true })
    if (received.chunks === undefined) throw foreignAnswer(received)
    return { chunks: received.chunks, headers: received.headers }
  }

  return {
    async signOut() {
      if (authentication.signOut) return authentication.signOut()
      throw new ConfigurationError('Only a client of an application that a person signed in to can sign out.')
    },
    call: (outgoing) => new Call(described(outgoing)),
    send: (outgoing) =>
      new Call(described(outgoing, true).then((answer) => ({ ...answer, data: undefined }))),
    list: (asked) => new ListCall(pageOf(asked)),
    export: (asked) =>
      new Export(async (accept) => {
        const { path, query, options } = asked()
        const { chunks, headers } = await opened({ method: 'GET', path, query, accept, options })
        return { chunks, end: headers.get('x-export-end') ?? undefined }
      }),
    stream: (asked) => {
      const { path, query = {}, options, lists = [] } = asked()
      const { signal, maxRetries } = Object(options) as CallOptions
      return new EventStream({
        after: Object(query).after,
        reconnectsMax: maxRetries,
        open: async (after, more) => {
          const { chunks } = await opened({
            method: 'GET',
            path,
            query: { ...withTexts(query, lists), after: checkedPosition(after) },
            accept: 'text/event-stream',
            options: { ...withDefaults({ timeoutMs: streamTimeoutMs }, options), ...more },
          })
          return chunks
        },
        wait: (reconnects, retryMs) =>
          settings.sleep(reconnectDelayMs({ reconnects, retryMs, random: settings.random() }), signal),
      })
    },
  }
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

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
