import { Button, Paper, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Document, Revision } from 'comserv'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { DiffView } from '../diff/diff-view.tsx'
import { FieldChanges, fieldChanges } from '../diff/field-changes.tsx'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { notice } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import { useChanged, useRecord } from '../record/use-record.ts'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { documentLabels } from './document-meanwhile.tsx'
import { documents, documentTrail } from './documents.ts'

export function RevisionPage() {
  const params = useParams()
  const [id, version] = [Number(params.id), Number(params.version)]
  const document = useRecord(documents, id)
  const present = document.data?.data
  const revision = useQuery({
    queryKey: ['documents', 'revision', id, version],
    queryFn: () => comserv.documents.revision(id, version),
  })
  return (
    <Page
      title={t('Version {{version}}, compared with the current one', { version })}
      guide="documents#revisions"
      under={[
        ...documentTrail(id, present?.title),
        { label: t('Versions'), to: `/console/documents/${id}/revisions` },
      ]}
      actions={present && <Ways id={id} version={version} present={present.version} />}
    >
      <Reading query={document}>
        {({ data: present }) => (
          <Reading query={revision}>
            {(revision) => <Comparison revision={revision} present={present} />}
          </Reading>
        )}
      </Reading>
    </Page>
  )
}

/** Links to the neighbouring revisions and the document. */
function Ways({ id, version, present }: { id: number; version: number; present: number }) {
  const mayWrite = useMay()('documents:write')
  const { saved } = useChanged(documents)
  const navigate = useNavigate()
  const [isAsked, setAsked] = useState(false)
  const to = (other: number) => `/console/documents/${id}/revisions/${other}`
  return (
    <>
      {version > 1 && (
        <Button
          component={Link}
          to={to(version - 1)}
          variant="default"
          leftSection={<Icon name="left" size={14} />}
        >
          {t('Version {{number}}', { number: version - 1 })}
        </Button>
      )}
      {version + 1 < present && (
        <Button
          component={Link}
          to={to(version + 1)}
          variant="default"
          rightSection={<Icon name="right" size={14} />}
        >
          {t('Version {{number}}', { number: version + 1 })}
        </Button>
      )}
      {mayWrite && version !== present && (
        <Button onClick={() => setAsked(true)}>{t('Restore this version')}</Button>
      )}
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('Restore version {{version}}?', { version })}
        verb={t('Restore')}
        harmless
        act={async () => saved(await withRecord(comserv.documents.restoreRevision(id, version)))}
        onDone={() => {
          notice(t('The document is as it was in version {{version}}.', { version }))
          navigate(`/console/documents/${id}`)
        }}
      >
        <Text>
          {t(
            'Title, summary, category, type and text become those of version {{version}}. What is there now stays as version {{present}}; whether it is published does not change.',
            { version, present },
          )}
        </Text>
      </Confirm>
    </>
  )
}

function Comparison({ revision, present }: { revision: Revision; present: Document }) {
  const changes = fieldChanges(revision, { ...present, created_at: present.updated_at }, documentLabels)
  return (
    <Stack gap="lg">
      <Text c="dimmed">
        {rich('From version {{version}} of <time/> to version {{version2}} of <time2/>', {
          version: revision.version,
          time: <Instant at={revision.created_at} seconds />,
          version2: present.version,
          time2: <Instant at={present.updated_at} seconds />,
        })}
      </Text>
      {changes.length > 0 && (
        <Paper withBorder p="lg">
          <FieldChanges changes={changes} />
        </Paper>
      )}
      <Section title={t('Text')}>
        <DiffView
          before={revision.content}
          after={present.content}
          label={t('Text of version {{version}} and of version {{version2}}', {
            version: revision.version,
            version2: present.version,
          })}
        />
      </Section>
    </Stack>
  )
}
