import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'

const minuteMs = 60_000
const page = 100
/** More suggestions than this do not help. */
const suggestedMax = 2_000

/** Categories in use, as suggestions. */
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
