export interface PageRequest {
  page: number
  limit: number
}

export interface Page<T> {
  data: T[]
  meta: { current_page: number; total_pages: number; total_count: number }
}

export function pageRequest(query: { page?: number; limit?: number }): PageRequest {
  return { page: query.page ?? 1, limit: query.limit ?? 20 }
}

export function pageOf<T>({ page, limit }: PageRequest, data: T[], totalCount: number): Page<T> {
  return {
    data,
    meta: { current_page: page, total_pages: Math.ceil(totalCount / limit), total_count: totalCount },
  }
}
