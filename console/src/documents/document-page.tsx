import { Anchor, Loader, Paper } from '@mantine/core'
import type { Document } from 'comserv'
import { Link, useParams } from 'react-router'
import { Instant } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { DocumentActions } from './document-actions.tsx'
import { DocumentText } from './document-text.tsx'
import { documentsTrail } from './trail.ts'
import { useDocument, useSeesDrafts } from './use-document.ts'
import { contentTypeLabel } from './words.ts'
import './document-page.css'

export function DocumentPage() {
  const id = Number(useParams().id)
  const may = useMay()
  const { data, error, refetch } = useDocument(id)
  return (
    <Page
      title={data?.data.title ?? 'Document'}
      under={documentsTrail}
      guide="documents"
      actions={data && may('documents:write') && <DocumentActions document={data.data} etag={data.etag} />}
    >
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <div className="document">
          <Paper withBorder p="lg" component="article" className="document-body">
            <DocumentText text={data.data.content} type={data.data.content_type} />
          </Paper>
          <Paper withBorder p="lg" component="aside" aria-label="About this document">
            <Facts document={data.data} />
          </Paper>
        </div>
      )}
    </Page>
  )
}

function Facts({ document }: { document: Document }) {
  const { status, publish_at, published_at, category, author_id, content_type, version } = document
  const { created_at, updated_at } = document
  const seesHistory = useSeesDrafts()
  const seesUsers = useMay()('users:read')
  return (
    <dl className="facts">
      <dt>Status</dt>
      <dd>{publish_at ? <Status value="scheduled" /> : <Status value={status} />}</dd>
      {publish_at && (
        <>
          <dt>Publishes itself</dt>
          <dd>
            <Instant at={publish_at} />
            <span className="block quiet mono nowrap">{publish_at}</span>
          </dd>
        </>
      )}
      {published_at && (
        <>
          <dt>Published</dt>
          <dd>
            <Instant at={published_at} />
          </dd>
        </>
      )}
      <dt>Category</dt>
      <dd>
        <Anchor component={Link} to={`/console/documents?${new URLSearchParams({ category })}`}>
          {category}
        </Anchor>
      </dd>
      {seesUsers && (
        <>
          <dt>Author</dt>
          <dd>
            <UserName id={author_id} />
          </dd>
        </>
      )}
      <dt>Type</dt>
      <dd>{contentTypeLabel(content_type)}</dd>
      <dt>Version</dt>
      <dd>
        {seesHistory && version > 1 ? (
          <Anchor component={Link} to="revisions">
            {version}, compare with earlier ones
          </Anchor>
        ) : (
          version
        )}
      </dd>
      <dt>Changed</dt>
      <dd>
        <Instant at={updated_at} relative />
      </dd>
      <dt>Created</dt>
      <dd>
        <Instant at={created_at} />
      </dd>
    </dl>
  )
}
