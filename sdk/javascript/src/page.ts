import { type Answer, Call } from './call.ts'
import { unexpectedAnswer } from './error-mapping.ts'
import type { ListMeta } from './types.ts'

/** What a page needs to fetch the next one. */
export type FetchPage<T, Meta> = (query: Record<string, string>) => Promise<Answer<Page<T, Meta>>>

/** One page of a list. Iterating over it continues through the following pages, each fetched when needed. */
export class Page<T, Meta = ListMeta> implements AsyncIterable<T> {
  readonly data: T[]
  /** Page number and totals; `total_count` is exact. */
  readonly meta: Meta
  readonly #nextQuery: Record<string, string> | undefined
  readonly #fetchPage: FetchPage<T, Meta>

  constructor(
    list: { data: T[]; meta: Meta },
    nextQuery: Record<string, string> | undefined,
    fetchPage: FetchPage<T, Meta>,
  ) {
    this.data = list.data
    this.meta = list.meta
    this.#nextQuery = nextQuery
    this.#fetchPage = fetchPage
  }

  get hasNext(): boolean {
    return this.#nextQuery !== undefined
  }

  /** Where the next page begins: the `cursor` parameter of the same list. */
  get nextCursor(): string | undefined {
    return this.#nextQuery?.cursor
  }

  /** @returns undefined on the last page */
  async next(): Promise<Page<T, Meta> | undefined> {
    return this.#nextQuery === undefined ? undefined : (await this.#fetchPage(this.#nextQuery)).data
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of pagesFrom(this)) yield* page.data
  }
}

/** What a list method returns: awaited, the first page; iterated over, the whole list. */
export class ListCall<T, Meta = ListMeta> extends Call<Page<T, Meta>> implements AsyncIterable<T> {
  async *pages(): AsyncGenerator<Page<T, Meta>, void, undefined> {
    yield* pagesFrom(await this)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this
  }
}

async function* pagesFrom<T, Meta>(first: Page<T, Meta>): AsyncGenerator<Page<T, Meta>, void, undefined> {
  const seen = new Set<string>()
  for (let page: Page<T, Meta> | undefined = first; page !== undefined; page = await page.next()) {
    yield page
    const { nextCursor } = page
    if (nextCursor === undefined) continue
    if (seen.has(nextCursor)) throw unexpectedAnswer(200, new Headers(), repeats)
    seen.add(nextCursor)
  }
}

const repeats = 'The next page of the list is one that was read before, so the list would never end.'

/** The query of `Link rel="next"` (RFC 8288). Only the query counts: the path may have changed behind a proxy. */
export function nextQueryOf(link: string | null): Record<string, string> | undefined {
  for (const [, target = '', parameters = ''] of (link ?? '').matchAll(/<([^>]*)>((?:[^,"]|"[^"]*")*)/g)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters)
    const names = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/)
    if (names.includes('next')) return Object.fromEntries(new URLSearchParams(target.split('?')[1] ?? ''))
  }
  return undefined
}
