import { useQuery } from '@tanstack/react-query'
import type { LoaderFunctionArgs } from 'react-router'
import { queryClient } from '../../api/query-client.ts'
import { type OpenApi, openApiQuery } from './openapi.ts'
import { type Operation, operationsOf } from './operations.ts'

export async function loadReference(): Promise<OpenApi> {
  return queryClient.ensureQueryData(openApiQuery)
}

export interface OpenedOperation {
  api: OpenApi
  operation: Operation | undefined
}

export async function loadOperation({ params }: LoaderFunctionArgs): Promise<OpenedOperation> {
  const api = await loadReference()
  return { api, operation: operationsOf(api).find(({ id }) => id === params.operationId) }
}

/** Outside the reference pages, which wait for it; undefined until loaded. */
export function useOpenApi(): OpenApi | undefined {
  return useQuery(openApiQuery).data
}
