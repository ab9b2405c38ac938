import { type Static, Type } from 'typebox'
import { closed, Id, Nullable, OneOf, PageOf, pageQuery, Timestamp } from '../http/schemas.ts'

export const documentStatuses = ['draft', 'published', 'archived'] as const
export const contentTypes = ['text/markdown', 'text/plain', 'text/html', 'application/json'] as const

const Title = Type.String({
  minLength: 1,
  maxLength: 300,
  pattern: '\\S',
  description: 'a title of 1 to 300 characters',
})
const Category = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^\\S(?:.*\\S)?$',
  description: 'a name of 1 to 100 characters without space at either end',
  examples: ['reports'],
})
const Status = OneOf(documentStatuses)
/** In characters; the bound of a whole body is bytes. */
const Content = Type.String({ maxLength: 1_000_000 })
const ContentType = OneOf(contentTypes)

const listedFields = {
  id: Id,
  title: Title,
  category: Category,
  status: Status,
  created_at: Timestamp,
  updated_at: Timestamp,
  author_id: Id,
}

export const ListedDocument = closed(listedFields, { title: 'ListedDocument' })
export const Document = closed(
  {
    ...listedFields,
    content: Content,
    content_type: ContentType,
    published_at: Nullable(Timestamp),
    publish_at: Nullable(Timestamp),
    version: Type.Integer({ minimum: 1 }),
  },
  { title: 'Document' },
)
export const DocumentPage = PageOf(ListedDocument)

export const DocumentListQuery = closed({
  ...pageQuery,
  category: Type.Optional(Category),
  status: Type.Optional(Status),
  author_id: Type.Optional(Id),
})

export const DocumentCreate = closed(
  {
    title: Title,
    category: Type.Optional(Type.String({ ...Category, default: 'general' })),
    status: Type.Optional(OneOf(documentStatuses, { default: 'draft' })),
    content: Type.Optional(Type.String({ ...Content, default: '' })),
    content_type: Type.Optional(OneOf(contentTypes, { default: 'text/markdown' })),
    author_id: Type.Optional(
      Type.Integer({ ...Id, description: "A user; without it, the credential's owner" }),
    ),
  },
  { title: 'DocumentCreate' },
)

export const DocumentUpdate = closed(
  {
    title: Type.Optional(Title),
    category: Type.Optional(Category),
    status: Type.Optional(Status),
    content: Type.Optional(Content),
    content_type: Type.Optional(ContentType),
    author_id: Type.Optional(Id),
  },
  { title: 'DocumentUpdate', minProperties: 1 },
)

export type ListedDocument = Static<typeof ListedDocument>
export type Document = Static<typeof Document>
export type DocumentCreate = Static<typeof DocumentCreate>
export type DocumentUpdate = Static<typeof DocumentUpdate>
export interface DocumentFilter {
  category?: string
  status?: Document['status']
  author_id?: number
}
