import { Button, Menu, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { Document, DocumentUpdate } from 'comserv'
import { type ReactNode, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { Confirm } from '../parts/confirm.tsx'
import { notice, noticeWithUndo } from '../parts/notice.ts'
import { Schedule } from './schedule.tsx'
import { useDocumentChanged } from './use-document.ts'

interface Step {
  verb: string
  explains: ReactNode
  change: DocumentUpdate
}

const steps = {
  publish: {
    verb: 'Publish',
    explains: 'Everybody who signs in, and every program that reads documents, sees it at once.',
    change: { status: 'published' },
  },
  unschedule: {
    verb: 'Unschedule',
    explains: 'It stays a draft until somebody publishes it.',
    change: { publish_at: null },
  },
  archive: {
    verb: 'Archive',
    explains: 'Readers no longer see it. Nothing is lost, and it can be published again.',
    change: { status: 'archived' },
  },
  draft: {
    verb: 'Make it a draft',
    explains: 'Readers no longer see it, until it is published again.',
    change: { status: 'draft' },
  },
} as const satisfies Record<string, Step>

type StepName = keyof typeof steps

/** What can be done with a document as it stands; the next step on its way is the blue one. */
export function DocumentActions({ document, etag }: { document: Document; etag: string | undefined }) {
  const { id, title, status, publish_at, version } = document
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<StepName | 'schedule' | 'delete'>()
  const close = () => setAsked(undefined)
  const changed = useDocumentChanged()
  const reload = () => queryClient.invalidateQueries({ queryKey: ['documents'] })
  const isDraft = status === 'draft'
  const step = asked && asked !== 'schedule' && asked !== 'delete' ? steps[asked] : undefined
  const meanwhile = { what: 'this document', load: () => void reload() }
  return (
    <>
      {status !== 'published' && (
        <Button onClick={() => setAsked('publish')}>{publish_at ? 'Publish now' : 'Publish'}</Button>
      )}
      <Button component={Link} to="edit" variant="default">
        Edit
      </Button>
      {isDraft && (
        <Button variant="default" onClick={() => setAsked('schedule')}>
          {publish_at ? 'Reschedule' : 'Schedule'}
        </Button>
      )}
      {publish_at && (
        <Button variant="default" onClick={() => setAsked('unschedule')}>
          Unschedule
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">More</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {status !== 'archived' && <Menu.Item onClick={() => setAsked('archive')}>Archive</Menu.Item>}
          {!isDraft && <Menu.Item onClick={() => setAsked('draft')}>Make it a draft</Menu.Item>}
          <Menu.Item className="destroys-item" onClick={() => setAsked('delete')}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={step !== undefined}
        onClose={close}
        title={`${step?.verb ?? ''}: “${title}”?`}
        verb={step?.verb ?? ''}
        harmless
        meanwhile={meanwhile}
        act={async () => {
          if (step) changed(await comserv.documents.update(id, step.change, { ifMatch: etag }).withResponse())
        }}
      >
        {step?.explains}
      </Confirm>
      {asked === 'schedule' && (
        <Schedule document={document} etag={etag} opened onClose={close} onReload={reload} />
      )}
      <Confirm
        opened={asked === 'delete'}
        onClose={close}
        title={`Delete “${title}”?`}
        verb="Delete"
        meanwhile={meanwhile}
        act={() => comserv.documents.delete(id, { ifMatch: etag })}
        onDone={() => {
          // Not read again on the way out: it is no longer there.
          void queryClient.invalidateQueries({ queryKey: ['documents'], refetchType: 'none' })
          navigate('/console/documents')
          noticeWithUndo(`“${title}” is in the trash.`, async () => {
            await comserv.documents.restore(id)
            await reload()
            notice(`“${title}” is back.`)
          })
        }}
      >
        <Text>
          It goes to the trash, with {version === 1 ? 'its only version' : `all its ${version} versions`}.
          {status === 'published' && ' Readers and programs no longer find it.'}
        </Text>
        <Text>It can be brought back from there, until the day that the trash names.</Text>
      </Confirm>
    </>
  )
}
