import { Outlet } from 'react-router'
import { page, recordRoutes } from '../record/routes.tsx'
import { ClosedPage } from '../session/door.tsx'
import { useSeesDrafts } from './documents.ts'

export const documentRoutes = recordRoutes(
  'documents',
  'documents:read',
  'documents:write',
  {
    list: async () => (await import('./documents-page.tsx')).DocumentsPage,
    record: async () => (await import('./document-page.tsx')).DocumentPage,
    create: async () => (await import('./change-document.tsx')).NewDocumentPage,
    edit: async () => (await import('./change-document.tsx')).EditDocumentPage,
    trash: async () => (await import('./documents-page.tsx')).DocumentTrashPage,
    import: async () => (await import('./documents-page.tsx')).ImportDocumentsPage,
  },
  [
    {
      path: ':id/revisions',
      element: <HistoryDoor />,
      children: [
        page(undefined, async () => (await import('./revisions-page.tsx')).RevisionsPage),
        page(':version', async () => (await import('./revision-page.tsx')).RevisionPage),
      ],
    },
  ],
)

/** The revisions of a published document include its drafts. */
function HistoryDoor() {
  return useSeesDrafts() ? <Outlet /> : <ClosedPage />
}
