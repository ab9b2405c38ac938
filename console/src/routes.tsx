import { createBrowserRouter, type RouteObject } from 'react-router'
import { applicationRoutes } from './applications/routes.tsx'
import { automationRoutes } from './automations/routes.tsx'
import { credentialRoutes } from './credentials/routes.tsx'
import { docsRoutes } from './docs/routes.tsx'
import { documentRoutes } from './documents/routes.tsx'
import { hookRoutes } from './hooks/routes.tsx'
import { plainRoutes } from './plain/routes.tsx'
import { page } from './record/routes.tsx'
import { requestLogRoutes } from './request-log/routes.tsx'
import { requestRoutes } from './requests/routes.tsx'
import { roleRoutes } from './roles/routes.tsx'
import { Door } from './session/door.tsx'
import { ConsoleLayout } from './shell/console-layout.tsx'
import { NotFoundPage } from './shell/not-found-page.tsx'
import { RouteProblem, SiteProblem } from './shell/route-problem.tsx'
import { SiteLayout } from './shell/site-layout.tsx'
import { userRoutes } from './users/routes.tsx'
import { webhookRoutes } from './webhooks/routes.tsx'

/** Loaded together: each leads to another. */
const signingIn = () => import('./session/pages.ts')

/** Every page is a file of its own, loaded when it is opened. */
export const router = createBrowserRouter([
  docsRoutes,
  {
    Component: SiteLayout,
    ErrorBoundary: SiteProblem,
    HydrateFallback: () => null,
    children: within([
      page('/sign-in', async () => (await signingIn()).SignInPage),
      page('/key-request', async () => (await import('./requests/guest-page.tsx')).GuestPage),
      page('/setup', async () => (await signingIn()).SetupPage),
      page('/forgot-password', async () => (await signingIn()).ForgotPasswordPage),
      page('/new-password', async () => (await signingIn()).NewPasswordPage),
      { path: '*', Component: NotFoundPage },
    ]),
  },
  {
    path: '/console',
    Component: ConsoleLayout,
    ErrorBoundary: SiteProblem,
    HydrateFallback: () => null,
    children: within([
      page(undefined, async () => (await import('./overview/overview-page.tsx')).OverviewPage),
      userRoutes,
      roleRoutes,
      documentRoutes,
      ...plainRoutes,
      // Of extensions: which records there are is known when the catalog is.
      page(
        'x/:extension/:records/:id?/:part?',
        async () => (await import('./extensions/records-page.tsx')).RecordsPage,
      ),
      credentialRoutes,
      applicationRoutes,
      requestRoutes,
      requestLogRoutes,
      webhookRoutes,
      automationRoutes,
      hookRoutes,
      {
        element: <Door needs="audit:read" />,
        children: [page('audit', async () => (await import('./audit/audit-page.tsx')).AuditPage)],
      },
      {
        element: <Door needs="admin" />,
        children: [page('mail', async () => (await import('./mail/mail-page.tsx')).MailPage)],
      },
      {
        element: <Door needs="events:read" />,
        children: [
          page('developer/events', async () => (await import('./events/events-page.tsx')).EventsPage),
        ],
      },
      {
        element: <Door needs="webhooks:read" />,
        children: [
          page(
            'developer/deliveries/:id',
            async () => (await import('./deliveries/delivery-page.tsx')).DeliveryPage,
          ),
          page(
            'developer/test-receivers/:id',
            async () => (await import('./test-receivers/receiver-page.tsx')).ReceiverPage,
          ),
        ],
      },
      page('account', async () => (await import('./account/account-page.tsx')).AccountPage),
      { path: '*', Component: NotFoundPage },
    ]),
  },
])

/** A failing page keeps the navigation. */
function within(children: RouteObject[]): RouteObject[] {
  return [{ ErrorBoundary: RouteProblem, children }]
}
