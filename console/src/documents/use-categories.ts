import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'

const minuteMs = 60_000
const page = 100
/** Beyond so many, nobody looks for one in a list of suggestions. */
const suggestedMax = 2_000

/** Categories that are in use, to choose from. */
export function useCategories(): string[] {
  const { data } = useQuery({
    queryKey: ['documents', 'categories'],
    queryFn: readCategories,
    staleTime: 5 * minuteMs,
  })
  return data ?? []
}

async function readCategories(): Promise<string[]> {
  const names: string[] = []
  for await (const { category } of comserv.documents.categories({ limit: page })) {
    names.push(category)
    if (names.length === suggestedMax) break
  }
  return names
}
