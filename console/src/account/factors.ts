import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'

export const factorsKey = ['me', 'second-factors']

/** The second factors of the person. */
export function useFactors() {
  return useQuery({ queryKey: factorsKey, queryFn: async () => comserv.me.secondFactors() })
}
