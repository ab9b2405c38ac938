import type { ComponentType } from 'react'
import type { RouteObject } from 'react-router'
import { recordRoutes } from '../record/routes.tsx'
import type { PlainKind } from './plain-kind.ts'
import { plainKinds } from './plain-kinds.ts'

type Pages = typeof import('./plain-pages.tsx')

export const plainRoutes: readonly RouteObject[] = plainKinds.map((kind) => {
  const of = (name: keyof Pages) => async (): Promise<ComponentType> => {
    const Page: ComponentType<{ kind: PlainKind }> = (await import('./plain-pages.tsx'))[name]
    return () => <Page kind={kind} />
  }
  return recordRoutes(kind.plural, kind.reads, kind.writes, {
    list: of('PlainListPage'),
    record: of('PlainRecordPage'),
    create: of('NewPlainPage'),
    edit: of('EditPlainPage'),
    trash: of('PlainTrashPage'),
  })
})
