import type { Session } from 'comserv'
import type { ComponentType } from 'react'
import type { RouteObject } from 'react-router'
import { Door } from '../session/door.tsx'

type Scope = Session['scopes'][number]
type Load = () => Promise<ComponentType>

interface Pages {
  list: Load
  record: Load
  create: Load
  edit: Load
  trash?: Load
  import?: Load
}

/**
 * The pages of a kind: reading ones under the read scope, changing ones under the write scope.
 * @param reads undefined where everybody sees what they own
 */
export function recordRoutes(
  path: string,
  reads: Scope | undefined,
  writes: Scope,
  { list, record, create, edit, trash, import: importing }: Pages,
  more: readonly RouteObject[] = [],
): RouteObject {
  return {
    path,
    ...(reads ? { element: <Door needs={reads} /> } : {}),
    children: [
      page(undefined, list),
      page(':id', record),
      ...more,
      {
        element: <Door needs={writes} />,
        children: [
          page('new', create),
          page(':id/edit', edit),
          ...(trash ? [page('trash', trash)] : []),
          ...(importing ? [page('import', importing)] : []),
        ],
      },
    ],
  }
}

/** A page that is loaded when it is opened. */
export function page(path: string | undefined, load: Load): RouteObject {
  const lazy = async () => ({ Component: await load() })
  return path === undefined ? { index: true, lazy } : { path, lazy }
}
