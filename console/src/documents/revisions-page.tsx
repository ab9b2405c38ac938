import { Anchor, Text } from '@mantine/core'
import type { ListedRevision, RevisionListQuery } from 'comserv'
import { Link, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { Empty } from '../parts/empty.tsx'
import { Status } from '../parts/status.tsx'
import { useRecord } from '../record/use-record.ts'
import { Page } from '../shell/page.tsx'
import { documents, documentTrail } from './documents.ts'

export function RevisionsPage() {
  const id = Number(useParams().id)
  const document = useRecord(documents, id).data?.data
  return (
    <Page title={t('Versions')} under={documentTrail(id, document?.title)} guide="documents#revisions">
      <ResourceList
        label={t('Versions')}
        queryKey={['documents', 'revisions', id]}
        fetch={(query: RevisionListQuery) => comserv.documents.revisions(id, query)}
        columns={columnsFor(document?.version)}
        empty={<Empty title={t('No version')} />}
      />
    </Page>
  )
}

function columnsFor(present: number | undefined): readonly Column<ListedRevision>[] {
  return [
    {
      key: 'version',
      label: t('Version'),
      render: ({ version }) =>
        version === present ? (
          <Text span fw={600}>
            {t('{{version}}, the current one', { version })}
          </Text>
        ) : (
          <Anchor component={Link} to={String(version)} fw={600}>
            {t('{{version}}, compare', { version })}
          </Anchor>
        ),
    },
    { key: 'title', label: t('Title'), render: ({ title }) => <bdi>{title}</bdi> },
    { key: 'category', label: t('Category'), render: ({ category }) => <bdi>{category}</bdi> },
    { key: 'status', label: t('Status'), render: ({ status }) => <Status value={status} /> },
    {
      key: 'created_at',
      label: t('From'),
      isWhole: true,
      render: ({ created_at }) => <RowInstant at={created_at} />,
    },
  ]
}
