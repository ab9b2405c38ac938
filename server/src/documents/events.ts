import { documentStatuses } from '../access/slice.ts'
import { Growing, Id } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { eventsOf } from '../events/types.ts'
import { isVisibleTo } from './visibility.ts'

const DocumentData = Type.Object({
  id: Id,
  title: Type.String(),
  category: Type.String(),
  status: Growing(documentStatuses),
  author_id: Id,
})

export const documentEvents = eventsOf('document', {
  reads: 'documents:read',
  isWithin: isVisibleTo,
  data: DocumentData,
  example: { id: 42, title: 'New Policy Document', category: 'policies', status: 'draft', author_id: 5 },
  types: {
    created: 'New document created',
    updated: { description: 'Document updated', example: { status: 'published' } },
    published: { description: 'Document published', example: { status: 'published' } },
    deleted: 'Document deleted; the data is its state before deletion',
  },
})
