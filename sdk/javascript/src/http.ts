import { type Ask, type Authentication, createAuthentication } from './authentication.ts'
import { type Answer, Call } from './call.ts'
import type { CallOptions } from './call-options.ts'
import { unexpectedAnswer } from './error-mapping.ts'
import { ConfigurationError } from './errors.ts'
import type { Received } from './exchange.ts'
import { Export } from './export.ts'
import type { Settings } from './options.ts'
import { ListCall, nextQueryOf, Page } from './page.ts'
import { rateLimitOf } from './rate-limit.ts'
import { type Outgoing, send } from './send.ts'
import type { ListMeta } from './types.ts'

/** What the resources are made of. Its secrets are in closures. */
export interface Http {
  /** @param learn is told what was answered, before the caller is */
  call<T>(outgoing: Outgoing, learn?: (data: T) => void): Call<T>
  list<T, Meta = ListMeta>(path: string, query?: object, options?: CallOptions): ListCall<T, Meta>
  export<T>(path: string, query?: object, options?: CallOptions): Export<T>
  rememberCsrfToken: Authentication['rememberCsrfToken']
}

export function createHttp(settings: Settings): Http {
  const ask: Ask = async <T>(request: Outgoing) => (await answerTo<T>(request)).data
  const authentication = createAuthentication(settings, ask)

  async function answerTo<T>(outgoing: Outgoing, learn: (data: T) => void = () => {}): Promise<Answer<T>> {
    const answer = answerOf<T>(await send(settings, authentication, outgoing))
    learn(answer.data)
    return answer
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

  return {
    call: (outgoing, learn) => new Call(answerTo(outgoing, learn)),
    list: (path, query = {}, options = {}) => new ListCall(pageAt(path, query, options)),
    export: (path, query = {}, options = {}) =>
      new Export(async (accept) => {
        const { chunks } = await send(settings, authentication, {
          method: 'GET',
          path,
          query,
          accept,
          options,
          isStreamed: true,
        })
        return chunks ?? []
      }),
    rememberCsrfToken: authentication.rememberCsrfToken,
  }
}

/**
 * A path with ids in it. In plain JavaScript an id may be anything, and `..` would lead to another resource.
 * @throws ConfigurationError
 */
export function path(texts: TemplateStringsArray, ...ids: number[]): string {
  return texts.reduce((left, right, i) => left + checkedId(ids[i - 1]) + right)
}

function checkedId(id: unknown): string {
  if (/^\d{1,16}$/.test(String(id))) return String(id)
  throw new ConfigurationError(`An id must be a positive integer, not ${id === '' ? 'empty' : String(id)}.`)
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

/** A browser tells of a redirect by the status 0. */
function foreignAnswer({ status, headers }: Pick<Received, 'status' | 'headers'>) {
  const isRedirect = status === 0 || (status >= 300 && status < 400)
  return unexpectedAnswer(
    status,
    headers,
    isRedirect
      ? 'The server sends elsewhere, and this client does not follow, so that its key goes nowhere else. Is baseUrl right?'
      : 'The answer is not in the form of the API. Is baseUrl right?',
  )
}
