import { Anchor, Text } from '@mantine/core'
import type { ListedRevision, RevisionListQuery } from 'comserv'
import { Link, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
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
    <Page title="Versions" under={documentTrail(id, document?.title)} guide="documents#revisions">
      <ResourceList
        label="Versions"
        queryKey={['documents', 'revisions', id]}
        fetch={(query: RevisionListQuery) => comserv.documents.revisions(id, query)}
        columns={columnsFor(document?.version)}
        empty={<Empty title="No version" />}
      />
    </Page>
  )
}

function columnsFor(present: number | undefined): readonly Column<ListedRevision>[] {
  return [
    {
      label: 'Version',
      render: ({ version }) =>
        version === present ? (
          <Text span fw={600}>
            {version}, the current one
          </Text>
        ) : (
          <Anchor component={Link} to={String(version)} fw={600}>
            {version}, compare
          </Anchor>
        ),
    },
    { label: 'Title', render: ({ title }) => <bdi>{title}</bdi> },
    { label: 'Category', render: ({ category }) => <bdi>{category}</bdi> },
    { label: 'Status', render: ({ status }) => <Status value={status} /> },
    {
      label: 'From',
      isWhole: true,
      render: ({ created_at }) => <RowInstant at={created_at} />,
    },
  ]
}
