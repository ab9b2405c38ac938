import { createBrowserRouter } from 'react-router'
import { ConsoleLayout } from './shell/console-layout.tsx'
import { NotFoundPage } from './shell/not-found-page.tsx'
import { RouteProblem } from './shell/route-problem.tsx'
import { SiteLayout } from './shell/site-layout.tsx'

/** Every page is a file of its own, loaded when it is opened. */
export const router = createBrowserRouter([
  {
    Component: SiteLayout,
    ErrorBoundary: RouteProblem,
    HydrateFallback: () => null,
    children: [
      {
        path: '/sign-in',
        lazy: async () => ({ Component: (await import('./session/sign-in-page.tsx')).SignInPage }),
      },
      {
        path: '/setup',
        lazy: async () => ({ Component: (await import('./session/setup-page.tsx')).SetupPage }),
      },
      { path: '*', Component: NotFoundPage },
    ],
  },
  {
    path: '/console',
    Component: ConsoleLayout,
    ErrorBoundary: RouteProblem,
    HydrateFallback: () => null,
    children: [
      {
        path: 'developer/credentials',
        lazy: async () => ({
          Component: (await import('./credentials/credentials-page.tsx')).CredentialsPage,
        }),
      },
      {
        path: 'developer/credentials/new',
        lazy: async () => ({
          Component: (await import('./credentials/new-credential-page.tsx')).NewCredentialPage,
        }),
      },
      {
        path: 'developer/credentials/:id',
        lazy: async () => ({ Component: (await import('./credentials/credential-page.tsx')).CredentialPage }),
      },
      {
        path: 'developer/credentials/:id/edit',
        lazy: async () => ({
          Component: (await import('./credentials/edit-credential-page.tsx')).EditCredentialPage,
        }),
      },
      {
        path: 'developer/webhooks',
        lazy: async () => ({ Component: (await import('./webhooks/webhooks-page.tsx')).WebhooksPage }),
      },
      {
        path: 'developer/webhooks/new',
        lazy: async () => ({ Component: (await import('./webhooks/new-webhook-page.tsx')).NewWebhookPage }),
      },
      {
        path: 'developer/webhooks/:id',
        lazy: async () => ({ Component: (await import('./webhooks/webhook-page.tsx')).WebhookPage }),
      },
      {
        path: 'developer/webhooks/:id/edit',
        lazy: async () => ({ Component: (await import('./webhooks/edit-webhook-page.tsx')).EditWebhookPage }),
      },
      {
        path: 'developer/deliveries/:id',
        lazy: async () => ({ Component: (await import('./deliveries/delivery-page.tsx')).DeliveryPage }),
      },
      {
        path: 'users',
        lazy: async () => ({ Component: (await import('./users/users-page.tsx')).UsersPage }),
      },
      {
        path: 'users/new',
        lazy: async () => ({ Component: (await import('./users/new-user-page.tsx')).NewUserPage }),
      },
      {
        path: 'users/trash',
        lazy: async () => ({ Component: (await import('./users/users-trash-page.tsx')).UsersTrashPage }),
      },
      {
        path: 'users/:id',
        lazy: async () => ({ Component: (await import('./users/user-page.tsx')).UserPage }),
      },
      {
        path: 'users/:id/edit',
        lazy: async () => ({ Component: (await import('./users/edit-user-page.tsx')).EditUserPage }),
      },
      {
        path: 'documents',
        lazy: async () => ({ Component: (await import('./documents/documents-page.tsx')).DocumentsPage }),
      },
      {
        path: 'documents/new',
        lazy: async () => ({
          Component: (await import('./documents/edit-document-page.tsx')).NewDocumentPage,
        }),
      },
      {
        path: 'documents/trash',
        lazy: async () => ({
          Component: (await import('./documents/documents-trash-page.tsx')).DocumentsTrashPage,
        }),
      },
      {
        path: 'documents/:id',
        lazy: async () => ({ Component: (await import('./documents/document-page.tsx')).DocumentPage }),
      },
      {
        path: 'documents/:id/edit',
        lazy: async () => ({
          Component: (await import('./documents/edit-document-page.tsx')).EditDocumentPage,
        }),
      },
      {
        index: true,
        lazy: async () => ({ Component: (await import('./overview/overview-page.tsx')).OverviewPage }),
      },
      {
        path: 'developer/events',
        lazy: async () => ({ Component: (await import('./events/events-page.tsx')).EventsPage }),
      },
      {
        path: 'audit',
        lazy: async () => ({ Component: (await import('./audit/audit-page.tsx')).AuditPage }),
      },
      {
        path: 'account',
        lazy: async () => ({ Component: (await import('./account/account-page.tsx')).AccountPage }),
      },
      { path: '*', Component: NotFoundPage },
    ],
  },
])
