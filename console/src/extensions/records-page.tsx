import { Navigate, useParams } from 'react-router'
import { useCatalog } from '../catalog/use-catalog.ts'
import {
  EditPlainPage,
  NewPlainPage,
  PlainListPage,
  PlainRecordPage,
  PlainTrashPage,
} from '../plain/plain-pages.tsx'
import { ClosedPage } from '../session/door.tsx'
import { useMay } from '../session/use-session.ts'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { kindAt } from './records.ts'

/** Whichever page of whichever records: what there is, the catalog of the server says. */
export function RecordsPage() {
  const { extension = '', records = '', id, part } = useParams()
  const kind = kindAt(useCatalog(), extension, records)
  const may = useMay()
  if (!kind) return <NotFoundPage />
  const path = `/console/x/${extension}/${records}`
  if (path !== kind.path) return <Navigate to={[kind.path, id, part].filter(Boolean).join('/')} replace />
  if (!may(kind.reads)) return <ClosedPage needs={kind.reads} />
  const Page = pageAt(id, part)
  if (!Page) return <NotFoundPage />
  const isChange = id !== undefined && (part !== undefined || !isId(id))
  if (isChange && !may(kind.writes)) return <ClosedPage needs={kind.writes} />
  return <Page key={kind.path} kind={kind} />
}

function pageAt(id: string | undefined, part: string | undefined) {
  if (id === undefined) return PlainListPage
  if (isId(id)) {
    if (part === undefined) return PlainRecordPage
    return part === 'edit' ? EditPlainPage : undefined
  }
  if (part !== undefined) return undefined
  return id === 'new' ? NewPlainPage : id === 'trash' ? PlainTrashPage : undefined
}

function isId(text: string): boolean {
  return /^\d+$/.test(text)
}
