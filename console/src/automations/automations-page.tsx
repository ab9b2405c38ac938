import type { Automation, AutomationListQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { Status } from '../parts/status.tsx'
import { ListPage } from '../record/list-page.tsx'
import { useMay } from '../session/use-session.ts'
import { admin } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { automations, problemText, stepLabel, triggerText } from './automations.ts'

const columns: readonly Column<Automation>[] = [
  {
    key: 'name',
    label: t('Automation'),
    render: ({ id, name, description }) => (
      <>
        <RowLink kind={automations} id={id} label={name} />{' '}
        {description && (
          <span className="quiet block" dir="auto">
            {description}
          </span>
        )}
      </>
    ),
  },
  {
    key: 'trigger',
    label: t('Begins'),
    render: (automation) => <span className="mono">{triggerText(automation)}</span>,
  },
  {
    key: 'steps',
    label: t('Steps'),
    render: ({ steps }) => steps.map(({ type }) => stepLabel(type)).join(' → '),
  },
  { key: 'status', label: t('Status'), isLong: true, render: (automation) => <State of={automation} /> },
  { key: 'owner', label: t('Owner'), render: ({ owner_id }) => <UserName id={owner_id} /> },
  createdColumn('descending'),
]

const filters: readonly Filter[] = [
  {
    kind: 'choice',
    name: 'enabled',
    label: t('Status'),
    options: [
      { value: 'true', label: t('on') },
      { value: 'false', label: t('off') },
    ],
  },
]

export function AutomationsPage() {
  const may = useMay()
  return (
    <ListPage
      title={t('Automations')}
      lead={t('Rules that send, mail or change something when an event happens, at a time, or by hand.')}
      under={admin}
      guide={automations.guide}
      queryKey={['automations', 'list']}
      fetch={(query: AutomationListQuery) => comserv.automations.list(query)}
      columns={columns}
      filters={filters}
      create={may('automations:write') && t('New automation')}
      empty={{
        title: t('No automation yet'),
        text: t(
          'For example: when a policy is published, mail the editors and file a task in another system.',
        ),
      }}
    />
  )
}

/** Whether it is on, and what keeps it from doing anything. */
export function State({ of }: { of: Automation }) {
  const problem = problemText(of)
  return (
    <>
      <Status
        value={of.enabled ? 'on' : 'off'}
        label={of.enabled ? t('on') : t('off')}
        tone={!of.enabled ? 'quiet' : problem ? 'warning' : 'good'}
      />
      {problem && (
        <>
          {' '}
          <span className="quiet block">{problem}</span>
        </>
      )}
    </>
  )
}
