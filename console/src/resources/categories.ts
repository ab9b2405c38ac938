import type { Category } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { lazyPart } from '../parts/lazy-part.tsx'
import { plainKind } from '../plain/plain-kind.ts'

/** Categories that have a record of their own. */
export const kind = plainKind<Category>({
  noun: 'category',
  plural: 'categories',
  label: t('Categories'),
  newTitle: t('New category'),
  noneTitle: t('No category yet'),
  iconPath: 'M4 4h7.5L20 12.5 12.5 20 4 11.5zM8 8v.01',
  lead: t('Names by which documents are grouped. A document may name one that has no record here.'),
  guide: 'documents#categories',
  below: lazyPart(async () => (await import('../documents/categories-in-use.tsx')).CategoriesInUse),
  reads: 'documents:read',
  writes: 'documents:write',
  calls: comserv.categories,
  named: 'name',
  fields: [
    { name: 'name', label: t('Name'), kind: 'line', isRequired: true, isFilter: true },
    {
      name: 'slug',
      label: t('Slug'),
      kind: 'line',
      explains: t(
        'For addresses: lower-case letters, digits and hyphens. A new category gets it from its name.',
      ),
      isListed: true,
    },
    { name: 'description', label: t('Description'), kind: 'lines' },
    {
      name: 'position',
      label: t('Position'),
      kind: 'number',
      explains: t('Its position among the others.'),
      isListed: true,
    },
    {
      name: 'document_count',
      label: t('Documents'),
      kind: 'computed',
      isListed: true,
      leadsTo: ({ name }) => `/console/documents?${new URLSearchParams({ category: name })}`,
    },
  ],
  deletion: t('Its documents keep their category.'),
})
