import { Button, Loader, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Document, ListedRevision, RevisionListQuery } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Instant } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Status } from '../parts/status.tsx'
import { UserName } from '../users/user-name.tsx'
import { Diff } from './diff.tsx'
import { RestoreRevision } from './restore-revision.tsx'

/** Every version; one of them beside what the document says now. */
export function Revisions({ document }: { document: Document }) {
  const [compared, setCompared] = useState<number>()
  const columns: readonly Column<ListedRevision>[] = [
    {
      label: 'Version',
      render: ({ version }) => (
        <b>
          {version}
          {version === document.version && <span className="quiet"> now</span>}
        </b>
      ),
    },
    { label: 'Title', render: ({ title }) => title },
    { label: 'Status', render: ({ status }) => <Status value={status} /> },
    { label: 'By', render: ({ author_id }) => <UserName id={author_id} /> },
    { label: 'When', nowrap: true, render: ({ created_at }) => <Instant at={created_at} /> },
    {
      label: 'Actions',
      isActions: true,
      render: ({ version }) =>
        version === document.version ? null : (
          <Button
            size="xs"
            variant="default"
            aria-expanded={compared === version}
            aria-label={`Compare version ${version} with now`}
            onClick={() => setCompared(compared === version ? undefined : version)}
          >
            Compare
          </Button>
        ),
    },
  ]
  return (
    <Stack>
      <ResourceList
        label="Revisions"
        queryKey={['documents', 'revisions', document.id]}
        fetch={(query: RevisionListQuery) => comserv.documents.revisions(document.id, query)}
        columns={columns}
        empty={<Empty title="No revision" />}
      />
      {compared !== undefined && <Comparison document={document} version={compared} />}
    </Stack>
  )
}

function Comparison({ document, version }: { document: Document; version: number }) {
  const { data, error } = useQuery({
    queryKey: ['documents', 'revision', document.id, version],
    queryFn: () => comserv.documents.revision(document.id, version),
  })
  if (error) return <ProblemAlert error={error} />
  if (!data) return <Loader aria-label="Loading the version" />
  return (
    <section className="panel diff-panel" aria-label={`What changed since version ${version}`}>
      <header>
        <h2>
          Version {version} → now (version {document.version})
        </h2>
        <RestoreRevision document={document} version={version} />
      </header>
      {data.title !== document.title && <Diff before={data.title} after={document.title} />}
      <Diff before={data.content} after={document.content} />
    </section>
  )
}
