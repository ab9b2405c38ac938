import { CategoryName } from '../access/rule-schema.ts'
import { Nullable } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { documentCounts, requireWholeCategory } from '../documents/category-service.ts'
import { fold } from '../lib/words/fold.ts'
import { plainResource } from '../resource/plain.ts'

const slugLengthMax = 100
const Slug = Type.String({
  minLength: 1,
  maxLength: slugLengthMax,
  pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  patternError: 'may have only lower-case letters, digits and single hyphens between them',
  description:
    'For URLs: lower-case letters, digits and single hyphens; default: made from the name, with a number if that is taken',
  examples: ['annual-reports'],
})

/** A category record. Documents name their category by text, whether or not a record of that name exists. */
export const categories = plainResource({
  name: 'category',
  plural: 'categories',
  tag: 'Categories',
  about: 'Groups of documents, each with a record of its own',
  reads: 'documents:read',
  writes: 'documents:write',
  fields: {
    name: CategoryName,
    slug: Nullable(Slug),
    description: Type.String({ maxLength: 500, text: 'lines', default: '' }),
    position: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 0,
      description: 'The position among all categories',
    }),
  },
  told: { name: 'reports', slug: 'reports' },
  unique: ['name', 'slug'],
  filters: ['name'],
  assisted: { namedBy: 'name' },
  derived: { slug: ({ name }, number) => slugOf(String(name), number) },
  requireWritable: (actor, { name }) => requireWholeCategory(actor, String(name)),
  computed: {
    fields: { document_count: Type.Integer({ description: 'Documents of this category that you may read' }) },
    async read(db, actor, rows) {
      const counts = await documentCounts(
        db,
        actor,
        rows.map(({ name }) => String(name)),
      )
      return counts.map((document_count) => ({ document_count }))
    },
    unread: { document_count: 0 },
  },
})

/** `annual-reports`, or `annual-reports-2`. Null when the name has no letter or digit that a URL could hold. */
function slugOf(name: string, number: number): string | null {
  const suffix = number === 1 ? '' : `-${number}`
  const words = fold(name)
    .match(/[a-z0-9]+/g)
    ?.join('-')
    .slice(0, slugLengthMax - suffix.length)
  return words === undefined ? null : words.replace(/-$/, '') + suffix
}
