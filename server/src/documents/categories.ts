import { Type } from 'typebox'
import type { Context } from '../context.ts'
import { countedValues, readCounts, scopeFor } from '../db/counters.ts'
import type { Db } from '../db/database.ts'
import type { Actor } from '../http/caller.ts'
import { answerList, listQuery, listRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { closed, PageOf } from '../http/schemas.ts'
import { CategoryName } from './schema.ts'

const { page, limit } = listQuery(['created_at'])
const CategoryUse = closed(
  {
    category: CategoryName,
    document_count: Type.Integer({ description: 'Documents of this category that you may read' }),
  },
  { title: 'CategoryUse' },
)

/** How many documents of each of these categories the actor may see. */
export function documentCounts(db: Db, actor: Actor, names: readonly string[]): Promise<number[]> {
  return readCounts(
    db,
    names.map((category) => scopeFor('documents', { category, ...seen(actor) })),
  )
}

export function categoryRoutes(app: App, { database }: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/documents/categories',
    config: { access: 'documents:read' },
    schema: {
      operationId: 'listDocumentCategories',
      summary: 'List the categories in use, by name',
      description: 'Every category that a document has, with or without a record under `/categories`.',
      tags: ['Documents'],
      querystring: closed({ page, limit }),
      response: { 200: PageOf(CategoryUse) },
    },
    handler: async (request, reply) => {
      const asked = listRequest(request.query, ['created_at'])
      const counted = await countedValues(database.read, 'documents', 'category', seen(request.actor()))
      const first = (asked.page - 1) * asked.limit
      const data = counted.slice(first, first + asked.limit).map(({ value, count }) => ({
        category: value,
        document_count: count,
      }))
      return answerList(request, reply, asked, { data, totalCount: counted.length, nextCursor: undefined })
    },
  })
}

function seen({ reach }: Actor): { status?: string } {
  return reach.publishedOnly ? { status: 'published' } : {}
}
