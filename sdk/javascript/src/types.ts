/** Names for what the API takes and answers: those that are generated from openapi.json, and the frames around them. */
export type * from './generated/types.ts'

/** Where a list stands: the three figures of every page. */
export interface ListMeta {
  current_page: number
  total_pages: number
  total_count: number
}

/** What a batch answers: one result for each item, in order. */
export interface BatchAnswer<Result> {
  data: Result[]
  meta: { succeeded: number; failed: number }
}
