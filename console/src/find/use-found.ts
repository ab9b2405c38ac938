import { keepPreviousData, useQueries } from '@tanstack/react-query'
import type { CallOptions, Page } from 'comserv'
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
  search(
    query: { q: string; limit: number },
    options: CallOptions,
  ): Promise<{ found: Found[]; total: number }>
}

const limit = 5

const searched: readonly Searched[] = [
  {
    label: t('Documents'),
    needs: 'documents:read',
    path: documents.path,
    search: async (query, options) =>
      shown(await comserv.documents.list(query, options), ({ id, title, category }) => ({
        group: t('Documents'),
        to: `${documents.path}/${id}`,
        label: title,
        detail: category,
      })),
  },
  {
    label: t('Users'),
    needs: 'users:read',
    path: users.path,
    search: async (query, options) =>
      shown(await comserv.users.list(query, options), ({ id, username, email }) => ({
        group: t('Users'),
        to: `${users.path}/${id}`,
        label: username,
        detail: email,
      })),
  },
  {
    label: t('API credentials'),
    path: credentials.path,
    search: async (query, options) =>
      shown(await comserv.credentials.list(query, options), ({ id, name, client_id }) => ({
        group: t('API credentials'),
        to: `${credentials.path}/${id}`,
        label: name,
        detail: client_id,
      })),
  },
  {
    label: t('Webhooks'),
    needs: 'webhooks:read',
    path: webhooks.path,
    search: async (query, options) =>
      shown(await comserv.webhooks.list(query, options), ({ id, url, description }) => ({
        group: t('Webhooks'),
        to: `${webhooks.path}/${id}`,
        label: url,
        detail: description,
      })),
  },
]

function shown<T>({ data, meta }: Page<T>, asFound: (record: T) => Found) {
  return { found: data.map(asFound), total: meta.total_count }
}

/** Records of every kind that the person may see. A search that is no longer wanted is aborted. */
export function useFound(words: string) {
  const may = useMay()
  const kinds = searched.filter(({ needs }) => !needs || may(needs))
  // The API refuses a search without a letter or a digit.
  const enabled = /[\p{L}\p{N}]/u.test(words)
  const results = useQueries({
    queries: kinds.map(({ label, search }) => ({
      queryKey: ['find', label, words],
      queryFn: ({ signal }: { signal: AbortSignal }) => search({ q: words, limit }, { signal }),
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
