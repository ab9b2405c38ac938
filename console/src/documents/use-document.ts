import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Answer, Document } from 'comserv'
import { comserv } from '../api/client.ts'
import { useSignedIn } from '../session/use-session.ts'

const keyOf = (id: number) => ['documents', 'one', id]

/** The document with its ETag, by which a change tells what it was decided upon. */
export function useDocument(id: number) {
  return useQuery({
    queryKey: keyOf(id),
    queryFn: () => comserv.documents.get(id).withResponse(),
  })
}

/** For whoever has changed a document: its page shows the answer at once, and the next change is decided upon that one's ETag. */
export function useDocumentChanged(): (answer: Answer<Document>) => void {
  const queryClient = useQueryClient()
  return (answer) => {
    queryClient.setQueryData(keyOf(answer.data.id), answer)
    void queryClient.invalidateQueries({ queryKey: ['documents'] })
  }
}

/** Whether the person sees what is not published; the role decides it, not a scope. */
export function useSeesDrafts(): boolean {
  return useSignedIn().user.role !== 'normal'
}
