import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { endedSession } from '../session/ended-session.ts'
import { problemOf } from './problem.ts'

/** The client library retries, so nothing is retried here. */
export const queryClient: QueryClient = new QueryClient({
  defaultOptions: {
    // `always`: without a connection a request fails at once instead of waiting forever.
    queries: {
      retry: false,
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      refetchOnReconnect: true,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
  queryCache: new QueryCache({ onError: noticeEndedSession }),
  mutationCache: new MutationCache({ onError: noticeEndedSession }),
})

function noticeEndedSession(error: unknown): void {
  if (problemOf(error).code === 'authentication_failed') endedSession(queryClient)
}
