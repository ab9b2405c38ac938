import { Anchor } from '@mantine/core'
import type { Automation, AutomationRun, AutomationRunsQuery } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { Empty } from '../parts/empty.tsx'
import { Status } from '../parts/status.tsx'
import { runPath, runStatuses } from './automations.ts'

const columns: readonly Column<AutomationRun>[] = [
  {
    key: 'run',
    label: t('Run'),
    render: (run) => (
      <Anchor component={Link} to={runPath(run)} className="mono">
        {run.event_type === null ? t('run {{id}}', { id: run.id }) : `${run.event_type} ${run.event_id}`}
      </Anchor>
    ),
  },
  { key: 'status', label: t('Status'), isLong: true, render: (run) => <RunStatus run={run} /> },
  { key: 'step', label: t('Step'), render: ({ step }) => <span className="mono">{step}</span> },
  {
    key: 'next',
    label: t('Next attempt'),
    isWhole: true,
    render: ({ next_attempt_at }) =>
      next_attempt_at ? <RowInstant at={next_attempt_at} /> : <span className="quiet">{t('none')}</span>,
  },
  {
    key: 'created_at',
    label: t('Created'),
    sort: 'created_at',
    sortsByDefault: 'descending',
    isWhole: true,
    render: ({ created_at }) => <RowInstant at={created_at} />,
  },
]

const filters: readonly Filter[] = [
  { kind: 'choice', name: 'status', label: t('Status'), options: [...runStatuses] },
]

export function RunStatus({ run: { status, error } }: { run: AutomationRun }) {
  const known = runStatuses.find(({ value }) => value === status)
  return (
    <>
      <Status value={status} {...(known ? { label: known.label, tone: known.tone } : {})} />
      {error && (
        <>
          {' '}
          <span className="quiet block" lang="en">
            {error}
          </span>
        </>
      )}
    </>
  )
}

export function RunList({ automation: { id } }: { automation: Automation }) {
  return (
    <ResourceList
      label={t('Runs')}
      queryKey={['automations', 'runs', id]}
      fetch={(query: AutomationRunsQuery) => comserv.automations.runs({ ...query, automation_id: id })}
      columns={columns}
      filters={filters}
      refreshMs={5_000}
      empty={<Empty title={t('No run yet')} />}
    />
  )
}
