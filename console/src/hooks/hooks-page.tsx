import type { Hook, HookListQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Column } from '../list/list-table.tsx'
import { ListPage } from '../record/list-page.tsx'
import { developer } from '../shell/page.tsx'
import { shortUrl } from '../webhooks/webhook-name.ts'
import { HookHealth } from './hook-health.tsx'
import { hookName, hooks } from './hooks.ts'
import '../webhooks/webhooks-page.css'

const columns: readonly Column<Hook>[] = [
  {
    key: 'url',
    label: t('Destination'),
    render: (hook) => (
      <div className="webhook-name">
        <RowLink kind={hooks} id={hook.id} label={hookName(hook)} title={hook.url} />
        {hook.description && (
          <>
            {' '}
            <span className="quiet">{shortUrl(hook.url)}</span>
          </>
        )}
      </div>
    ),
  },
  {
    key: 'health',
    label: t('Health'),
    isWhole: true,
    isLong: true,
    render: (hook) => <HookHealth hook={hook} inRow />,
  },
  {
    key: 'actions',
    label: t('Called before'),
    render: ({ actions }) => <span className="mono">{actions.join(' ')}</span>,
  },
  {
    key: 'on_failure',
    label: t('When it fails'),
    render: ({ on_failure }) => (on_failure === 'refuse' ? t('no change') : t('the change is made')),
  },
  createdColumn('ascending'),
]

export function HooksPage() {
  return (
    <ListPage
      title={t('Hooks')}
      lead={t(
        'Called before a change, in this order. A hook allows the change, refuses it, or completes it.',
      )}
      under={developer}
      guide={hooks.guide}
      queryKey={['hooks', 'list']}
      fetch={(query: HookListQuery) => comserv.hooks.list(query)}
      columns={columns}
      refreshMs={15_000}
      create={t('Add hook')}
      empty={{
        title: t('No hook yet'),
        text: t(
          'A hook lets another program have a say before users and documents are created, changed or published: for example, a policy is published only after it was approved in another system.',
        ),
      }}
    />
  )
}
