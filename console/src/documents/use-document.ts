import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'
import { useSignedIn } from '../session/use-session.ts'

/** The document with its ETag, by which a change tells what it was decided upon. */
export function useDocument(id: number) {
  return useQuery({
    queryKey: ['documents', 'one', id],
    queryFn: () => comserv.documents.get(id).withResponse(),
  })
}

/** Whether the person sees what is not published; the role decides it, not a scope. */
export function useSeesDrafts(): boolean {
  return useSignedIn().user.role !== 'normal'
}
