import { Button, Loader, Menu, Paper, Tabs } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Document } from 'comserv'
import { lazy, Suspense, useState } from 'react'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { sentenceOf } from '../api/problem.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Instant } from '../parts/instant.tsx'
import { offerRestore } from '../parts/offer-restore.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { documentsTrail } from './documents-trail.ts'
import { Schedule } from './schedule.tsx'

const Content = lazy(async () => ({ default: (await import('./content.tsx')).Content }))
const Revisions = lazy(async () => ({ default: (await import('./revisions.tsx')).Revisions }))

export function DocumentPage() {
  const id = Number(useParams().id)
  const [params, setParams] = useSearchParams()
  const mayWrite = useMay()('documents:write')
  const { data, error, refetch } = useQuery({
    queryKey: ['documents', 'one', id],
    queryFn: () => comserv.documents.get(id),
  })
  return (
    <Page
      title={data?.title ?? 'Document'}
      under={documentsTrail}
      actions={data && mayWrite && <Actions document={data} />}
    >
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <>
          <Summary document={data} />
          <Tabs
            value={params.get('show') ?? 'content'}
            onChange={(show) =>
              setParams(show === 'content' || !show ? {} : { show }, { preventScrollReset: true })
            }
            keepMounted={false}
          >
            <Tabs.List aria-label="About the document">
              <Tabs.Tab value="content">Content</Tabs.Tab>
              <Tabs.Tab value="revisions">Revisions</Tabs.Tab>
            </Tabs.List>
            <Suspense fallback={<Loader mt="md" aria-label="Loading" />}>
              <Tabs.Panel value="content" pt="md">
                <Paper withBorder p="lg">
                  <Content content={data.content} type={data.content_type} />
                </Paper>
              </Tabs.Panel>
              <Tabs.Panel value="revisions" pt="md">
                <Revisions document={data} />
              </Tabs.Panel>
            </Suspense>
          </Tabs>
        </>
      )}
    </Page>
  )
}

function Summary({ document }: { document: Document }) {
  const { status, category, author_id, published_at, publish_at, version, updated_at } = document
  return (
    <p className="summary">
      {publish_at ? <Status value="scheduled" /> : <Status value={status} />}
      {publish_at && (
        <span>
          published <Instant at={publish_at} relative /> (<Instant at={publish_at} />)
        </span>
      )}
      {published_at && (
        <span>
          published <Instant at={published_at} relative />
        </span>
      )}
      <span>in {category || 'no category'}</span>
      <span>
        by <UserName id={author_id} />
      </span>
      <span>
        version {version}, changed <Instant at={updated_at} relative />
      </span>
    </p>
  )
}

function Actions({ document }: { document: Document }) {
  const { id, title, status, publish_at } = document
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [asked, setAsked] = useState<'schedule' | 'delete'>()
  const close = () => setAsked(undefined)
  const changed = () => queryClient.invalidateQueries({ queryKey: ['documents'] })
  const change = useMutation({
    mutationFn: (to: Parameters<typeof comserv.documents.update>[1]) => comserv.documents.update(id, to),
    onSuccess: changed,
    onError: (error) =>
      notifications.show({ color: 'red', title: 'Not changed', message: sentenceOf(error) }),
  })
  return (
    <>
      <Button component={Link} to="edit" variant="default">
        Edit
      </Button>
      {status !== 'published' && (
        <Button loading={change.isPending} onClick={() => change.mutate({ status: 'published' })}>
          Publish now
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">More</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {status !== 'published' && <Menu.Item onClick={() => setAsked('schedule')}>Schedule…</Menu.Item>}
          {publish_at && (
            <Menu.Item onClick={() => change.mutate({ publish_at: null })}>
              Do not publish by itself
            </Menu.Item>
          )}
          {status !== 'draft' && (
            <Menu.Item onClick={() => change.mutate({ status: 'draft' })}>Back to draft</Menu.Item>
          )}
          {status !== 'archived' && (
            <Menu.Item onClick={() => change.mutate({ status: 'archived' })}>Archive</Menu.Item>
          )}
          <Menu.Item className="destroys-item" onClick={() => setAsked('delete')}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Schedule document={document} opened={asked === 'schedule'} onClose={close} onDone={changed} />
      <Confirm
        opened={asked === 'delete'}
        onClose={close}
        title={`Delete “${title}”?`}
        verb="Delete"
        act={() => comserv.documents.delete(id)}
        onDone={() => {
          navigate('/console/documents')
          void changed()
          offerRestore(`“${title}” was deleted.`, async () => {
            await comserv.documents.restore(id)
            await changed()
            navigate(`/console/documents/${id}`)
          })
        }}
      >
        It disappears for everybody. For 30 days it can be brought back from the trash, with its revisions.
      </Confirm>
    </>
  )
}
