import { guides } from 'virtual:guides'
import { renderToStaticMarkup } from 'react-dom/server'
import { createMemoryRouter } from 'react-router'
import { queryClient } from './api/query-client.ts'
import { App } from './app.tsx'
import { contentsPath, pathOf } from './docs/chapters.ts'
import type { Prerendered } from './docs/prerendered.ts'
import { type OpenApi, openApiQuery } from './docs/reference/openapi.ts'
import { operationsOf } from './docs/reference/operations.ts'
import { docsRoutes } from './docs/routes.tsx'
import { sessionKey } from './session/ended-session.ts'
import { siteName } from './site.ts'

/** What the server sends for an address without a page. */
const noSuchPage = '/docs/not-found'

/** Every page of the documentation as a guest sees it. @param openApi the description of the API */
export async function prerendered(openApi: OpenApi): Promise<Prerendered[]> {
  queryClient.setQueryData(openApiQuery.queryKey, openApi)
  queryClient.setQueryData(sessionKey, null)
  const reference = operationsOf(openApi).map(
    ({ id, summary }) => [`/docs/reference/${id}`, summary] as const,
  )
  const pages: Omit<Prerendered, 'html'>[] = [
    ...guides.map(({ name, title }) => ({ path: pathOf(name), title: titleOf(name, title) })),
    { path: noSuchPage, title: `There is no such page · ${siteName}` },
    ...[[contentsPath, 'Contents'] as const, ['/docs/reference', 'API reference'] as const, ...reference].map(
      ([path, title]) => ({
        path,
        title: `${title} · ${siteName}`,
      }),
    ),
  ]
  const rendered: Prerendered[] = []
  for (const page of pages) rendered.push({ ...page, html: await render(page.path) })
  return rendered
}

function titleOf(name: string, title: string): string {
  return name === 'overview' ? `${siteName} ${title}` : `${title} · ${siteName}`
}

async function render(path: string): Promise<string> {
  const router = createMemoryRouter([docsRoutes], { initialEntries: [path] })
  await new Promise<void>((resolve) => {
    if (router.state.initialized) return resolve()
    router.subscribe(({ initialized }) => initialized && resolve())
  })
  const failure = Object.values(router.state.errors ?? {})[0]
  if (failure) throw new Error(`${path} cannot be rendered.`, { cause: failure })
  const html = renderToStaticMarkup(<App router={router} />)
  router.dispose()
  return html
}
