import { CategoryName } from '../access/rule-schema.ts'
import { listQuery, listRequest, sendList } from '../api/paging.ts'
import { closed, PageOf } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { listCategoriesInUse } from './category-service.ts'

const { page, limit } = listQuery(['created_at'])
const CategoryUse = closed(
  {
    category: CategoryName,
    document_count: Type.Integer({ description: 'Documents of this category that you may read' }),
  },
  { title: 'CategoryUse' },
)

export function categoryRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/documents/categories',
    config: { access: 'documents:read', sdk: 'documents.categories' },
    schema: {
      operationId: 'listDocumentCategories',
      summary: 'List the categories in use, by name',
      description:
        'The categories of all documents that you may read, whether or not a category record of that name exists.',
      tags: ['Documents'],
      querystring: closed({ page, limit }),
      response: { 200: PageOf(CategoryUse) },
    },
    handler: async (request, reply) => {
      const asked = listRequest(request.query, ['created_at'])
      return sendList(request, reply, asked, await listCategoriesInUse(context, request.actor(), asked))
    },
  })
}
