import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'

const minuteMs = 60_000
const newest = 100

/** Categories that are in use, to choose from: those of the documents that were changed last. */
export function useCategories(): string[] {
  const { data } = useQuery({
    queryKey: ['documents', 'categories'],
    queryFn: readCategories,
    staleTime: 5 * minuteMs,
  })
  return data ?? []
}

async function readCategories(): Promise<string[]> {
  const { data } = await comserv.documents.list({ sort: '-updated_at', limit: newest })
  return [...new Set(data.map(({ category }) => category))].sort((a, b) => a.localeCompare(b))
}
