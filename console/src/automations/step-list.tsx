import { List, Text } from '@mantine/core'
import type { AutomationStep } from 'comserv'
import { t } from '../i18n/t.ts'
import { stepLabel } from './automations.ts'

/** The steps in order, each with what it is made of. */
export function StepList({ steps }: { steps: readonly AutomationStep[] }) {
  return (
    <List type="ordered" spacing="sm">
      {steps.map((step) => (
        <List.Item key={step.name}>
          <Text component="span" fw={600}>
            {stepLabel(step.type)}
          </Text>{' '}
          <span className="quiet mono">{step.name}</span>
          <span className="quiet block mono">{partsOf(step).join(' · ')}</span>
        </List.Item>
      ))}
    </List>
  )
}

function partsOf(step: AutomationStep): string[] {
  switch (step.type) {
    case 'send':
      return [`${step.method ?? 'POST'} ${step.url ?? ''}`, step.body ?? t('the whole input')]
    case 'mail':
      return [[...(step.to_roles ?? []), ...(step.to_users ?? [])].join(', '), step.subject ?? '']
    case 'change':
      return [`${step.action ?? ''} ${step.resource ?? ''}`, step.record_id ?? '', step.values ?? ''].filter(
        (part) => part !== '',
      )
    case 'wait':
      return [t('{{count}} minutes', { count: step.minutes ?? 0 })]
    default:
      return [step.condition ?? '']
  }
}
