/** The types of requests and responses: those generated from openapi.json, and their envelopes. */
export type * from './generated/types.ts'

/** The three figures of every page of a list. */
export interface ListMeta {
  current_page: number
  total_pages: number
  total_count: number
}

/** The response to a batch: one result for each item, in order. */
export interface BatchAnswer<Result> {
  data: Result[]
  meta: { succeeded: number; failed: number }
}
