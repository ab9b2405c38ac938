import { admin } from '../shell/page.tsx'

export const documentsTrail = [...admin, { label: 'Documents', to: '/console/documents' }]

/** The way to what belongs to one document. */
export function documentTrail(id: number, title: string | undefined) {
  return [...documentsTrail, { label: title ?? 'Document', to: `/console/documents/${id}` }]
}
