import { Button, Menu, Paper } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Answer, Automation } from 'comserv'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { t } from '../i18n/t.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { Section } from '../parts/section.tsx'
import { ChangeButton, ConfirmDelete } from '../record/change.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { useMay } from '../session/use-session.ts'
import { UserName } from '../users/user-name.tsx'
import { automations, runPath, triggerText } from './automations.ts'
import { State } from './automations-page.tsx'
import { DryRun } from './dry-run.tsx'
import { RunList } from './run-list.tsx'
import { StepList } from './step-list.tsx'

export function AutomationPage() {
  const may = useMay()
  return (
    <RecordPage
      kind={automations}
      lead={({ description }) => description}
      refreshMs={10_000}
      actions={(read) => may('automations:write') && <Actions read={read} />}
    >
      {(automation) => (
        <>
          <Paper withBorder p="lg">
            <AutomationFacts automation={automation} />
          </Paper>
          <Section title={t('Steps')} frame="below">
            <StepList steps={automation.steps} />
          </Section>
          <Section title={t('Dry run')} frame="below">
            <DryRun automation={automation} />
          </Section>
          <Section title={t('Runs')}>
            <RunList automation={automation} />
          </Section>
        </>
      )}
    </RecordPage>
  )
}

function Actions({ read }: { read: Answer<Automation> }) {
  const { id, name, enabled, trigger } = read.data
  const navigate = useNavigate()
  const [isAsked, setAsked] = useState(false)
  const run = useMutation({
    mutationFn: () => comserv.automations.run(id),
    onSuccess: (begun) => begun && navigate(runPath(begun)),
    onError: (error) => noticeOfProblem(t('Not done'), error),
  })
  return (
    <>
      {trigger.type === 'button' && (
        <Button loading={run.isPending} disabled={!enabled} onClick={() => run.mutate()}>
          {t('Run now')}
        </Button>
      )}
      <ChangeButton
        kind={automations}
        read={read}
        act={(match) => withRecord(comserv.automations.update(id, { enabled: !enabled }, match))}
      >
        {enabled ? t('Switch off') : t('Switch on')}
      </ChangeButton>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">{t('More')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => navigate('edit')}>{t('Change')}</Menu.Item>
          <Menu.Item className="destroys-item" onClick={() => setAsked(true)}>
            {t('Delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmDelete
        kind={automations}
        read={read}
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('Delete the automation “{{name}}”?', { name })}
      >
        {t(
          'Runs that have not ended are cancelled. This cannot be undone; to stop it for a while, switch it off.',
        )}
      </ConfirmDelete>
    </>
  )
}

function AutomationFacts({ automation }: { automation: Automation }) {
  const { trigger, owner_id, next_run_at, created_at } = automation
  const mono = (text: string) => <span className="mono">{text}</span>
  return (
    <Facts
      facts={[
        [t('Status'), <State key="state" of={automation} />],
        [t('Begins'), mono(triggerText(automation))],
        trigger.condition && [t('Condition'), mono(trigger.condition)],
        next_run_at && [t('Next run'), <Instant key="next" at={next_run_at} />],
        [t('Acts for'), <UserName key="owner" id={owner_id} />],
        [t('Created'), <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
