import type { RouteObject } from 'react-router'
import { Door } from '../session/door.tsx'

export const documentRoutes: RouteObject = {
  path: 'documents',
  element: <Door needs="documents:read" />,
  children: [
    { index: true, lazy: async () => ({ Component: (await import('./documents-page.tsx')).DocumentsPage }) },
    { path: ':id', lazy: async () => ({ Component: (await import('./document-page.tsx')).DocumentPage }) },
    {
      path: ':id/revisions',
      lazy: async () => ({ Component: (await import('./revisions-page.tsx')).RevisionsPage }),
    },
    {
      path: ':id/revisions/:version',
      lazy: async () => ({ Component: (await import('./revision-page.tsx')).RevisionPage }),
    },
    {
      element: <Door needs="documents:write" />,
      children: [
        {
          path: 'new',
          lazy: async () => ({ Component: (await import('./new-document-page.tsx')).NewDocumentPage }),
        },
        {
          path: 'trash',
          lazy: async () => ({ Component: (await import('./document-trash-page.tsx')).DocumentTrashPage }),
        },
        {
          path: ':id/edit',
          lazy: async () => ({ Component: (await import('./edit-document-page.tsx')).EditDocumentPage }),
        },
      ],
    },
  ],
}
