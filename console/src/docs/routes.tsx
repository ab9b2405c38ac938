import { type RouteObject, redirect } from 'react-router'
import { RouteProblem, SiteProblem } from '../shell/route-problem.tsx'
import { contentsPath } from './chapters.ts'

/**
 * The documentation. A page and its content are loaded before it opens, so that anchors and the scroll position of Back
 * exist by then.
 */
export const docsRoutes: RouteObject = {
  lazy: async () => ({ Component: (await import('./docs-layout.tsx')).DocsLayout }),
  ErrorBoundary: SiteProblem,
  HydrateFallback: () => null,
  // A failing page keeps the navigation.
  children: [
    {
      ErrorBoundary: RouteProblem,
      children: [
        {
          path: '/',
          lazy: async () => {
            const { HomePage, loadOverview } = await import('./home-page.tsx')
            return { Component: HomePage, loader: loadOverview }
          },
        },
        { path: '/docs', loader: () => redirect('/') },
        {
          path: '/docs/reference',
          lazy: async () => {
            const { ReferencePage, loadReference } = await import('./reference/reference-page.tsx')
            return { Component: ReferencePage, loader: loadReference }
          },
        },
        {
          path: '/docs/reference/:operationId',
          lazy: async () => {
            const { OperationPage, loadOperation } = await import('./reference/operation-page.tsx')
            return { Component: OperationPage, loader: loadOperation }
          },
        },
        {
          path: contentsPath,
          lazy: async () => {
            const { ContentsPage, loadContents } = await import('./contents-page.tsx')
            return { Component: ContentsPage, loader: loadContents }
          },
        },
        {
          path: '/docs/:guide',
          lazy: async () => {
            const { GuidePage, loadGuide } = await import('./guide-page.tsx')
            return { Component: GuidePage, loader: loadGuide }
          },
        },
      ],
    },
  ],
}
