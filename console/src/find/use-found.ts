import { keepPreviousData, useQueries } from '@tanstack/react-query'
import {
  type CallOptions,
  type Credential,
  type ListedDocument,
  type ListedUser,
  type Page,
  ResourceNotFoundError,
  type Webhook,
} from 'comserv'
import { comserv } from '../api/client.ts'
import { credentials } from '../credentials/credentials.ts'
import { documents } from '../documents/documents.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { useMay } from '../session/use-session.ts'
import { users } from '../users/users.ts'
import { webhooks } from '../webhooks/webhooks.ts'

export interface Found {
  group: string
  to: string
  label: string
  /** What tells it from others of the same name. */
  detail: string
}

interface Searched {
  label: string
  /** Undefined for what everybody sees, as far as it is theirs. */
  needs?: 'users:read' | 'documents:read' | 'webhooks:read'
  path: string
  search(words: string, options: CallOptions): Promise<{ found: Found[]; total: number }>
}

const limit = 5

interface Kind<T> extends Omit<Searched, 'search'> {
  calls: {
    list(query: { q: string; limit: number }, options: CallOptions): PromiseLike<Page<T>>
    get(id: number, options: CallOptions): PromiseLike<T>
  }
  /** What it is called, and what tells it from others. */
  named(record: T): [label: string, detail: string]
}

/** The record of the number, as in `#12` or `12`, before those that have the words. */
function searching<T extends { id: number }>({ label, path, calls, named, ...rest }: Kind<T>): Searched {
  const asFound = (record: T): Found => {
    const [name, detail] = named(record)
    return { group: label, to: `${path}/${record.id}`, label: name, detail }
  }
  const numbered = async (id: number, options: CallOptions): Promise<T | undefined> => {
    try {
      return await calls.get(id, options)
    } catch (error) {
      if (error instanceof ResourceNotFoundError) return undefined
      throw error
    }
  }
  return {
    ...rest,
    label,
    path,
    async search(words, options) {
      const id = numberIn(words)
      const [page, one] = await Promise.all([
        calls.list({ q: words, limit }, options),
        id === undefined ? undefined : numbered(id, options),
      ])
      const found = page.data.filter((record) => record.id !== one?.id).map(asFound)
      if (!one) return { found, total: page.meta.total_count }
      const first = asFound(one)
      const total = page.meta.total_count + (found.length === page.data.length ? 1 : 0)
      const detail = [`#${one.id}`, first.detail].filter(Boolean).join(' · ')
      return { found: [{ ...first, detail }, ...found], total }
    },
  }
}

function numberIn(words: string): number | undefined {
  const id = Number(/^#?(\d+)$/.exec(words)?.[1])
  return Number.isSafeInteger(id) && id > 0 ? id : undefined
}

const searched: readonly Searched[] = [
  searching({
    label: t('Documents'),
    needs: 'documents:read',
    path: documents.path,
    calls: comserv.documents,
    named: ({ title, category }: ListedDocument) => [title, category],
  }),
  searching({
    label: t('Users'),
    needs: 'users:read',
    path: users.path,
    calls: comserv.users,
    named: ({ username, email }: ListedUser) => [username, email],
  }),
  searching({
    label: t('API credentials'),
    path: credentials.path,
    calls: comserv.credentials,
    named: ({ name, client_id }: Credential) => [name, client_id],
  }),
  searching({
    label: t('Webhooks'),
    needs: 'webhooks:read',
    path: webhooks.path,
    calls: comserv.webhooks,
    named: ({ url, description }: Webhook) => [url, description],
  }),
]

/** Records of every kind that the person may see. A search that is no longer wanted is aborted. */
export function useFound(words: string) {
  const may = useMay()
  const kinds = searched.filter(({ needs }) => !needs || may(needs))
  // The API refuses a search without a letter or a digit.
  const enabled = /[\p{L}\p{N}]/u.test(words)
  const results = useQueries({
    queries: kinds.map(({ label, search }) => ({
      queryKey: ['find', label, words],
      queryFn: ({ signal }: { signal: AbortSignal }) => search(words, { signal }),
      enabled,
      retry: false,
      placeholderData: keepPreviousData,
    })),
  })
  const all = kinds.map(({ label, path }, i) => ({ label, path, result: results[i] }))
  return {
    isPending: enabled && results.some(({ isFetching }) => isFetching),
    records: enabled
      ? all.map(({ label, path, result }) => {
          const { found = [], total = 0 } = result?.data ?? {}
          const isCut = total > found.length
          const rest: Found = {
            group: label,
            to: `${path}?${new URLSearchParams({ q: words })}`,
            label: t('All {{total}} {{label}}', { total: number(total), label }),
            detail: '',
          }
          return isCut ? [...found, rest] : found
        })
      : [],
    problems: all.flatMap(({ label, result }) => (result?.error ? [{ label, error: result.error }] : [])),
  }
}
