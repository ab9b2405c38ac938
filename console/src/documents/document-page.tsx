import { Anchor, Paper } from '@mantine/core'
import type { Document } from 'comserv'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import { Access } from '../permissions/access.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { useMay } from '../session/use-session.ts'
import { UserName } from '../users/user-name.tsx'
import { DocumentActions } from './document-actions.tsx'
import { DocumentText } from './document-text.tsx'
import { documents, useSeesDrafts } from './documents.ts'
import {
  contentTypeLabel,
  type OptionalTexts,
  optionalTexts,
  optionalTextsOf,
  publishRefusals,
} from './words.ts'
import './document-page.css'

export function DocumentPage() {
  const may = useMay()
  return (
    <RecordPage
      kind={documents}
      actions={(read) => may('documents:write') && <DocumentActions read={read} />}
    >
      {(document) => (
        <>
          <div className="document">
            <Paper withBorder p="lg" component="article" className="document-body">
              <DocumentText text={document.content} type={document.content_type} />
            </Paper>
            <Paper withBorder p="lg" component="aside" aria-label={t('About this document')}>
              <DocumentFacts document={document} />
            </Paper>
          </div>
          <Access documentId={document.id} />
        </>
      )}
    </RecordPage>
  )
}

function DocumentFacts({ document }: { document: Document }) {
  const { status, publish_at, publish_refused, published_at, category, author_id, content_type, version } =
    document
  const { created_at, updated_at } = document
  const seesHistory = useSeesDrafts()
  const seesUsers = useMay()('users:read')
  return (
    <Facts
      facts={[
        ...Object.entries(optionalTextsOf(document)).map(
          ([name, text]) => text !== null && ([optionalTexts[name as keyof OptionalTexts], text] as const),
        ),
        [t('Status'), <Status key="status" value={publish_at ? 'scheduled' : status} />],
        publish_at && [
          t('Automatic publication'),
          <>
            <Instant at={publish_at} />
            <span className="block quiet mono nowrap">{publish_at}</span>
          </>,
        ],
        publish_refused && [
          t('Not published'),
          publishRefusals[publish_refused] ??
            t('The scheduled publication was refused: {{publish_refused}}.', { publish_refused }),
        ],
        published_at && [t('Published'), <Instant key="published" at={published_at} />],
        [
          t('Category'),
          <Anchor
            key="category"
            component={Link}
            to={`${documents.path}?${new URLSearchParams({ category })}`}
          >
            {category}
          </Anchor>,
        ],
        seesUsers && [t('Author'), <UserName key="author" id={author_id} />],
        [t('Type'), contentTypeLabel(content_type)],
        [
          t('Version'),
          seesHistory && version > 1 ? (
            <Anchor component={Link} to="revisions">
              {t('{{version}}, compare with earlier ones', { version })}
            </Anchor>
          ) : (
            version
          ),
        ],
        [t('Changed'), <Instant key="changed" at={updated_at} relative />],
        [t('Created'), <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
