import { Anchor, Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Mail, MailListQuery } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { sentenceOf } from '../api/problem.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { notice } from '../parts/notice.ts'
import { Status } from '../parts/status.tsx'
import { ListPage } from '../record/list-page.tsx'
import { admin } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'

const kinds: Readonly<Record<string, string>> = {
  invitation: t('Invitation'),
  password_reset: t('Link to set a password'),
  webhook_failing: t('Webhook is failing'),
  webhook_disabled: t('Webhook was disabled'),
  key_expires: t('Key expires'),
  backup_old: t('Backup is old'),
  backup_failed: t('Backups fail'),
  automation: t('From an automation'),
}

const statuses = [
  { value: 'pending', label: t('pending') },
  { value: 'sending', label: t('sending') },
  { value: 'sent', label: t('sent') },
  { value: 'failed', label: t('failed') },
]

const columns: readonly Column<Mail>[] = [
  {
    key: 'mail',
    label: t('Mail'),
    render: ({ kind, recipient }) => (
      <span>
        {kinds[kind] ?? kind} <bdi className="quiet block">{recipient}</bdi>
      </span>
    ),
  },
  { key: 'user', label: t('User'), render: ({ user_id }) => <UserName id={user_id} /> },
  {
    key: 'status',
    label: t('Status'),
    render: ({ status, error }) => (
      <span>
        <Status
          value={status}
          label={statuses.find(({ value }) => value === status)?.label ?? status}
          tone={status === 'sent' ? 'good' : status === 'failed' ? 'bad' : 'busy'}
        />
        {error && (
          <span className="quiet block" lang="en">
            {error}
          </span>
        )}
      </span>
    ),
  },
  { key: 'attempts', label: t('Attempts'), render: ({ attempts }) => attempts },
  {
    key: 'created_at',
    label: t('Created'),
    sort: 'created_at',
    sortsByDefault: 'descending',
    isWhole: true,
    render: ({ created_at }) => <RowInstant at={created_at} />,
  },
  { key: 'actions', label: t('Action'), render: (mail) => <Resend mail={mail} /> },
]

const filters: readonly Filter[] = [
  { kind: 'choice', name: 'status', label: t('Status'), options: statuses },
  {
    kind: 'choice',
    name: 'kind',
    label: t('Mail'),
    options: Object.entries(kinds).map(([value, label]) => ({ value, label })),
  },
  { kind: 'text', name: 'user_id', label: t('Id of the user'), isNumber: true },
]

/** The log of mail. The links in it are never shown. */
export function MailPage() {
  const { sends_mail } = useCatalog()
  return (
    <ListPage
      title={t('Mail')}
      lead={t('Invitations, password links and alerts: what was sent, what waits and what failed.')}
      under={admin}
      guide="mail"
      queryKey={['mails']}
      fetch={(query: MailListQuery) => comserv.mails.list(query)}
      columns={columns}
      filters={filters}
      empty={{
        title: t('No mail yet'),
        text: sends_mail
          ? t('What the server sends appears here at once.')
          : rich('This server sends no mail. <guide>Set up the sending of mail</guide>', {
              guide: <Anchor component={Link} to="/docs/mail" inherit underline="always" />,
            }),
      }}
    />
  )
}

function Resend({ mail: { id, status, recipient } }: { mail: Mail }) {
  const queryClient = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => comserv.mails.resend(id),
    onSuccess: () => {
      notice(t('The mail to {{recipient}} is on its way.', { recipient }))
      return queryClient.invalidateQueries({ queryKey: ['mails'] })
    },
    onError: (error) => notice(sentenceOf(error)),
  })
  if (status === 'sending') return null
  return (
    <Button size="compact-sm" variant="default" loading={isPending} onClick={() => mutate()}>
      {status === 'pending' ? t('Send now') : t('Resend')}
    </Button>
  )
}
