import type {
  Automation,
  AutomationCreate,
  AutomationStep,
  AutomationUpdate,
  SubscribableType,
} from 'comserv'
import { patchOf } from '../diff/field-changes.tsx'
import type { StepType } from './automations.ts'

/** A step as it is edited: the fields of all types, of which those of its type are sent. */
export type StepValues = {
  key: string
  name: string
  type: StepType
  url: string
  method: 'POST' | 'PUT' | 'PATCH'
  /** One a line; empty leaves what is stored. */
  headers: string
  header_names: readonly string[]
  body: string
  to_roles: string[]
  subject: string
  text: string
  resource: 'user' | 'document'
  action: 'create' | 'update'
  record_id: string
  values: string
  minutes: number
  condition: string
}

export type AutomationValues = {
  name: string
  description: string
  trigger: Automation['trigger']['type']
  events: SubscribableType[]
  condition: string
  cron: string
  time_zone: string
  steps: StepValues[]
}

let made = 0

export function newStep(type: StepType, step?: AutomationStep): StepValues {
  return {
    key: `step-${++made}`,
    name: step?.name ?? '',
    type,
    url: step?.url ?? '',
    method: step?.method ?? 'POST',
    headers: '',
    header_names: step?.header_names ?? [],
    body: step?.body ?? '',
    to_roles: step?.to_roles ?? [],
    subject: step?.subject ?? '',
    text: step?.text ?? '',
    resource: step?.resource ?? 'document',
    action: step?.action ?? 'update',
    record_id: step?.record_id ?? 'data.id',
    values: step?.values ?? '',
    minutes: step?.minutes ?? 60,
    condition: step?.condition ?? '',
  }
}

export function valuesOf(automation?: Automation): AutomationValues {
  const { type = 'event', events = [], condition, cron, time_zone } = automation?.trigger ?? {}
  return {
    name: automation?.name ?? '',
    description: automation?.description ?? '',
    trigger: type,
    events: events as SubscribableType[],
    condition: condition ?? '',
    cron: cron ?? '0 7 * * 1-5',
    time_zone: time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    steps: (automation?.steps ?? []).map((step) => newStep(step.type, step)),
  }
}

export function createInput(values: AutomationValues): AutomationCreate {
  return settingsOf(values)
}

/** Only the changed parts; the steps are sent as a whole. */
export function updateInput(before: Automation, values: AutomationValues): AutomationUpdate {
  return patchOf<AutomationUpdate>(settingsOf(valuesOf(before)), settingsOf(values))
}

function settingsOf({ name, description, steps, ...values }: AutomationValues) {
  return { name, description, trigger: triggerOf(values), steps: steps.map(stepOf) }
}

function triggerOf(
  values: Omit<AutomationValues, 'name' | 'description' | 'steps'>,
): AutomationCreate['trigger'] {
  const { trigger: type, events, condition, cron, time_zone } = values
  if (type === 'button') return { type }
  if (type === 'schedule') return { type, cron, time_zone }
  return { type, events, ...(condition.trim() === '' ? {} : { condition }) }
}

function stepOf(step: StepValues): AutomationCreate['steps'][number] {
  const { name, type } = step
  switch (type) {
    case 'send': {
      const headers = headersOf(step.headers)
      return {
        name,
        type,
        url: step.url,
        method: step.method,
        ...(step.body.trim() === '' ? {} : { body: step.body }),
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
      }
    }
    case 'mail':
      return { name, type, to_roles: step.to_roles, subject: step.subject, text: step.text }
    case 'change':
      return {
        name,
        type,
        resource: step.resource,
        action: step.action,
        values: step.values,
        ...(step.action === 'update' ? { record_id: step.record_id } : {}),
      }
    case 'wait':
      return { name, type, minutes: step.minutes }
    default:
      return { name, type, condition: step.condition }
  }
}

/** `Name: value`, one a line. */
function headersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [name = '', ...value] = line.split(':')
        return [name.trim(), value.join(':').trim()]
      }),
  )
}
