import type { Answer } from 'comserv'
import type { ReactNode } from 'react'
import { useParams } from 'react-router'
import { Reading } from '../parts/reading.tsx'
import { Page } from '../shell/page.tsx'
import type { Shown, Stored } from './kind.ts'
import { isNotThere, NotThere } from './not-there.tsx'
import { useRecord } from './use-record.ts'

interface Props<T extends Stored> {
  kind: Shown<T>
  lead?: (record: T) => ReactNode
  /** The refresh interval, for records that change on their own. */
  refreshMs?: number
  /** The actions that the person may take. */
  actions(read: Answer<T>): ReactNode
  children(record: T): ReactNode
}

/** The page of one record. */
export function RecordPage<T extends Stored>({ kind, lead, refreshMs, actions, children }: Props<T>) {
  const id = Number(useParams().id)
  const read = useRecord(kind, id, { refreshMs })
  const record = read.data?.data
  return (
    <Page
      title={record ? kind.titleOf(record) : kind.label}
      under={kind.trail}
      guide={kind.guide}
      lead={record && lead?.(record)}
      actions={read.data && actions(read.data)}
    >
      <Reading query={read}>{({ data }) => children(data)}</Reading>
      {isNotThere(read.error) && <NotThere kind={kind} id={id} />}
    </Page>
  )
}
