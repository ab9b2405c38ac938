import { createBrowserRouter, type RouteObject } from 'react-router'
import { auditRoutes } from './audit/routes.tsx'
import { credentialRoutes } from './credentials/routes.tsx'
import { deliveryRoutes } from './deliveries/routes.tsx'
import { docsRoutes } from './docs/routes.tsx'
import { documentRoutes } from './documents/routes.tsx'
import { eventRoutes } from './events/routes.tsx'
import { ConsoleLayout } from './shell/console-layout.tsx'
import { NotFoundPage } from './shell/not-found-page.tsx'
import { RouteProblem, SiteProblem } from './shell/route-problem.tsx'
import { SiteLayout } from './shell/site-layout.tsx'
import { userRoutes } from './users/routes.tsx'
import { webhookRoutes } from './webhooks/routes.tsx'

/** Every page is a file of its own, loaded when it is opened. */
export const router = createBrowserRouter([
  docsRoutes,
  {
    Component: SiteLayout,
    ErrorBoundary: SiteProblem,
    HydrateFallback: () => null,
    children: within([
      {
        path: '/sign-in',
        lazy: async () => ({ Component: (await import('./session/sign-in-page.tsx')).SignInPage }),
      },
      {
        path: '/setup',
        lazy: async () => ({ Component: (await import('./session/setup-page.tsx')).SetupPage }),
      },
      { path: '*', Component: NotFoundPage },
    ]),
  },
  {
    path: '/console',
    Component: ConsoleLayout,
    ErrorBoundary: SiteProblem,
    HydrateFallback: () => null,
    children: within([
      {
        index: true,
        lazy: async () => ({ Component: (await import('./overview/overview-page.tsx')).OverviewPage }),
      },
      userRoutes,
      documentRoutes,
      auditRoutes,
      credentialRoutes,
      webhookRoutes,
      deliveryRoutes,
      eventRoutes,
      {
        path: 'account',
        lazy: async () => ({ Component: (await import('./account/account-page.tsx')).AccountPage }),
      },
      { path: '*', Component: NotFoundPage },
    ]),
  },
])

/** A page that fails leaves the navigation where it is. */
function within(children: RouteObject[]): RouteObject[] {
  return [{ ErrorBoundary: RouteProblem, children }]
}
