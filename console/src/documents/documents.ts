import type { Document, DocumentCreate, DocumentUpdate } from 'comserv'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import type { Kind } from '../record/kind.ts'
import { useSignedIn } from '../session/use-session.ts'
import { admin } from '../shell/page.tsx'

const path = '/console/documents'

export const documents: Kind<Document, DocumentCreate, DocumentUpdate> = {
  plural: 'documents',
  label: t('Document'),
  path,
  trail: [...admin, { label: t('Documents'), to: path }],
  guide: 'documents',
  titleOf: ({ title }) => title,
  called: () => t('this document'),
  calls: comserv.documents,
}

/** The breadcrumbs to the pages of one document. */
export function documentTrail(id: number, title: string | undefined) {
  return [...documents.trail, { label: title ?? documents.label, to: `${path}/${id}` }]
}

/** Whether the person sees unpublished documents; this depends on the role, not on a scope. */
export function useSeesDrafts(): boolean {
  const { role } = useSignedIn().user
  return useCatalog().roles.some(({ name, published_only }) => name === role && !published_only)
}
