import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Answer } from 'comserv'
import type { Shown, Stored } from './kind.ts'

const keyOf = ({ plural }: { plural: string }, id: number | undefined) => [plural, 'one', id]

/** A record with its ETag. */
export function useRecord<T extends Stored>(
  kind: Shown<T>,
  id: number | undefined,
  { refreshMs, enabled = true }: { refreshMs?: number | undefined; enabled?: boolean } = {},
) {
  return useQuery({
    queryKey: keyOf(kind, id),
    queryFn: () => kind.calls.get(id ?? 0).withResponse(),
    enabled: enabled && id !== undefined,
    refetchInterval: refreshMs ?? false,
  })
}

/** To be called after a change. */
export function useChanged<T extends Stored>(kind: Shown<T>) {
  const queryClient = useQueryClient()
  const queryKey = [kind.plural]
  const reload = () => queryClient.invalidateQueries({ queryKey })
  return {
    reload,
    /** Its page shows this at once, and the next change uses this ETag. */
    saved: (answer: Answer<T>) => {
      queryClient.setQueryData(keyOf(kind, answer.data.id), answer)
      void reload()
    },
    /** Not refetched on leaving: it no longer exists. */
    gone: () => queryClient.invalidateQueries({ queryKey, refetchType: 'none' }),
  }
}
