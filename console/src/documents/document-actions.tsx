import { Button, Menu, Text } from '@mantine/core'
import type { Answer, Document, DocumentUpdate } from 'comserv'
import { type ReactNode, useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { t } from '../i18n/t.ts'
import { ConfirmChange, ConfirmDelete } from '../record/change.tsx'
import { documents } from './documents.ts'
import { Schedule } from './schedule.tsx'

interface Step {
  verb: string
  explains: ReactNode
  change: DocumentUpdate
}

const steps = {
  publish: {
    verb: t('Publish'),
    explains: t('Everyone who can sign in, and every program that reads documents, sees it at once.'),
    change: { status: 'published' },
  },
  unschedule: {
    verb: t('Unschedule'),
    explains: t('It stays a draft until somebody publishes it.'),
    change: { publish_at: null },
  },
  archive: {
    verb: t('Archive'),
    explains: t('Readers no longer see it. Nothing is lost, and it can be published again.'),
    change: { status: 'archived' },
  },
  draft: {
    verb: t('Make it a draft'),
    explains: t('Readers no longer see it, until it is published again.'),
    change: { status: 'draft' },
  },
} as const satisfies Record<string, Step>

type StepName = keyof typeof steps

/** The actions on a document in its current status; the primary button is the usual next step. */
export function DocumentActions({ read }: { read: Answer<Document> }) {
  const { id, title, status, publish_at, version } = read.data
  const [asked, setAsked] = useState<StepName | 'schedule' | 'delete'>()
  const close = () => setAsked(undefined)
  const isDraft = status === 'draft'
  const step = asked && asked !== 'schedule' && asked !== 'delete' ? steps[asked] : undefined
  return (
    <>
      {status !== 'published' && (
        <Button onClick={() => setAsked('publish')}>{publish_at ? t('Publish now') : t('Publish')}</Button>
      )}
      <Button component={Link} to="edit" variant="default">
        {t('Edit')}
      </Button>
      {isDraft && (
        <Button variant="default" onClick={() => setAsked('schedule')}>
          {publish_at ? t('Reschedule') : t('Schedule')}
        </Button>
      )}
      {publish_at && (
        <Button variant="default" onClick={() => setAsked('unschedule')}>
          {t('Unschedule')}
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">{t('More')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {status !== 'archived' && <Menu.Item onClick={() => setAsked('archive')}>{t('Archive')}</Menu.Item>}
          {!isDraft && <Menu.Item onClick={() => setAsked('draft')}>{t('Make it a draft')}</Menu.Item>}
          <Menu.Item className="destroys-item" onClick={() => setAsked('delete')}>
            {t('Delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmChange
        kind={documents}
        read={read}
        opened={step !== undefined}
        onClose={close}
        title={`${step?.verb ?? ''}: “${title}”?`}
        verb={step?.verb ?? ''}
        harmless
        act={(match) => withRecord(comserv.documents.update(id, step?.change ?? {}, match))}
      >
        {step?.explains}
      </ConfirmChange>
      <Schedule read={read} opened={asked === 'schedule'} onClose={close} />
      <ConfirmDelete
        kind={documents}
        read={read}
        opened={asked === 'delete'}
        onClose={close}
        title={t('Delete “{{title}}”?', { title })}
      >
        <Text>
          {t('It goes to the trash, with all its {{count}} versions.', { count: version })}{' '}
          {status === 'published' && t('Readers and programs no longer find it.')}
        </Text>
        <Text>{t('It can be restored from there until the date shown in the trash.')}</Text>
      </ConfirmDelete>
    </>
  )
}
