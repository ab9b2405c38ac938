import type { Automation, AutomationCreate, AutomationRun, AutomationUpdate } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import type { Tone } from '../parts/status.tsx'
import { type Kind, quoted } from '../record/kind.ts'
import { admin } from '../shell/page.tsx'

const path = '/console/automations'

export const automations: Kind<Automation, AutomationCreate, AutomationUpdate, Automation> = {
  plural: 'automations',
  label: t('Automation'),
  path,
  trail: [...admin, { label: t('Automations'), to: path }],
  guide: 'automations',
  titleOf: ({ name }) => name,
  called: ({ name }) => quoted(name),
  calls: comserv.automations,
}

export function runPath({ id }: Pick<AutomationRun, 'id'>): string {
  return `${path}/runs/${id}`
}

export const stepTypes: readonly { value: StepType; label: string }[] = [
  { value: 'send', label: t('Send a request') },
  { value: 'mail', label: t('Mail users') },
  { value: 'change', label: t('Create or change a record') },
  { value: 'wait', label: t('Wait') },
  { value: 'stop_if', label: t('Stop if') },
]
export type StepType = Automation['steps'][number]['type']

export function stepLabel(type: string): string {
  return stepTypes.find(({ value }) => value === type)?.label ?? type
}

export const runStatuses: readonly { value: string; label: string; tone: Tone }[] = [
  { value: 'pending', label: t('pending'), tone: 'busy' },
  { value: 'running', label: t('running'), tone: 'busy' },
  { value: 'waiting', label: t('waiting'), tone: 'busy' },
  { value: 'succeeded', label: t('succeeded'), tone: 'good' },
  { value: 'stopped', label: t('stopped'), tone: 'quiet' },
  { value: 'failed', label: t('failed'), tone: 'bad' },
  { value: 'cancelled', label: t('cancelled'), tone: 'quiet' },
  { value: 'cut', label: t('cut off'), tone: 'warning' },
]

const problems: Readonly<Record<string, string>> = {
  owner_inactive: t('Its owner may not sign in, so it does nothing.'),
  owner_lacks_scope: t('Its owner, or its key, may not read some of the events.'),
  credential_ended: t('The key that made it was revoked or has expired, so it does nothing.'),
}

export function problemText({ problem }: Automation): string | undefined {
  return problem === null ? undefined : (problems[problem] ?? problem)
}

/** What begins its runs, in a line. */
export function triggerText({ trigger }: Automation): string {
  if (trigger.type === 'button') return t('by hand')
  if (trigger.type === 'schedule') return `${trigger.cron ?? ''} (${trigger.time_zone ?? 'UTC'})`
  return (trigger.events ?? []).join(' ')
}
