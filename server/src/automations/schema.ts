import type { Static } from 'typebox'
import { Clearable, closed, Growing, Id, Nullable, OneOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { patternsFor } from '../events/patterns.ts'
import { expressionCharactersMax } from '../expressions/failure.ts'
import {
  headerCharactersMax,
  headerFieldsMax,
  headerNamePattern,
  headerValuePattern,
} from '../sending/headers.ts'

export const stepsMax = 20
export const minutesMax = 60 * 24 * 30
export const triggerTypes = ['event', 'schedule', 'button'] as const
export const stepTypes = ['send', 'mail', 'change', 'wait', 'stop_if'] as const
export type StepType = (typeof stepTypes)[number]

/** Why a rule begins no runs at the moment, although it is enabled. */
export const problems = ['owner_inactive', 'owner_lacks_scope', 'credential_ended'] as const

const roleNamePattern = '^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$'
const Name = Type.String({ minLength: 1, maxLength: 100, text: 'line' })
const Description = Type.String({ maxLength: 500, text: 'lines' })
const Enabled = Type.Boolean({
  description: 'Whether it begins runs. Runs under way go on after it was switched off',
})
const template = (description: string, examples: string[]) =>
  Type.String({
    minLength: 1,
    maxLength: expressionCharactersMax,
    text: 'lines',
    description: `${description}; a template in JSONata`,
    examples,
  })
const condition = (description: string, examples: string[]) =>
  Type.String({
    minLength: 1,
    maxLength: expressionCharactersMax,
    text: 'lines',
    description: `${description}; a condition in CEL`,
    examples,
  })

const triggerFields = (events: ReturnType<typeof Growing | typeof OneOf>) => ({
  type: OneOf(triggerTypes, {
    description: 'What begins a run: an event, a time, or a call of `runAutomation`',
  }),
  events: Type.Optional(
    Type.Array(events, {
      minItems: 1,
      maxItems: 50,
      uniqueItems: true,
      description: 'event: event types, all about one kind of record (`document.*`), or all (`*`)',
    }),
  ),
  condition: Clearable(
    condition('event: which of these events, by `event`, `timestamp`, `data` and `previous`', [
      'data.category == "policies"',
    ]),
  ),
  cron: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^\\s@]+(?: [^\\s@]+){4}$',
      patternError: "must be five fields separated by single spaces, such as '0 7 * * 1-5'",
      description: 'schedule: minute, hour, day of the month, month, day of the week',
      examples: ['0 7 * * 1-5'],
    }),
  ),
  time_zone: Clearable(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'schedule: of the fields of `cron`, by its IANA name; UTC unless given',
      examples: ['Europe/Berlin'],
    }),
  ),
})

const HeaderValue = Type.String({
  maxLength: headerCharactersMax,
  pattern: headerValuePattern,
  patternError: 'must be visible ASCII characters, without spaces at the ends',
  description: 'visible ASCII characters, without spaces at the ends',
})
const Headers = Type.Record(Type.String(), Nullable(HeaderValue), {
  propertyNames: { pattern: headerNamePattern, patternError: 'is not a valid field name' },
  maxProperties: headerFieldsMax,
  description:
    'send: header fields; their values are never shown again. In an update, those of a step with the same name and origin stay unless they are named here; null removes one',
  examples: [{ Authorization: 'Bearer receiver-token' }],
})

const stepFields = {
  name: Type.String({
    minLength: 1,
    maxLength: 40,
    pattern: '^[a-z][a-z0-9_]*$',
    patternError: 'may have only lower-case letters, digits and underscores, and begins with a letter',
    description: 'Later steps find what came out of it as `steps.NAME`',
    examples: ['task'],
  }),
  type: OneOf(stepTypes, {
    description:
      'send: an HTTP request; mail: to users; change: creates or updates a record with the rights of the owner; wait; stop_if: ends the run where a condition matches',
  }),
  url: Type.Optional(
    Type.String({
      format: 'uri',
      minLength: 1,
      maxLength: 2048,
      description: 'send: https, and not an address inside a private network',
      examples: ['https://tasks.example.com/api/tasks'],
    }),
  ),
  method: Type.Optional(OneOf(['POST', 'PUT', 'PATCH'], { description: 'send: POST unless given' })),
  body: Clearable(
    template('send: the body, in JSON; without it, the whole input of the run', [
      '{ "title": "Read: " & data.title }',
    ]),
  ),
  to_roles: Type.Optional(
    Type.Array(
      Type.String({
        maxLength: 50,
        pattern: roleNamePattern,
        patternError: 'must be the name of a role',
        examples: ['editor'],
      }),
      { maxItems: 20, uniqueItems: true, description: 'mail: to all active users with these roles' },
    ),
  ),
  to_users: Type.Optional(
    Type.Array(Id, { maxItems: 100, uniqueItems: true, description: 'mail: to these users' }),
  ),
  subject: Type.Optional(template('mail: one line', ['"Published: " & data.title'])),
  text: Type.Optional(template('mail: the text', ['"Please read " & data.title & "."'])),
  resource: Type.Optional(OneOf(['user', 'document'], { description: 'change: the kind of record' })),
  action: Type.Optional(OneOf(['create', 'update'], { description: 'change: what is done with it' })),
  record_id: Clearable(template('change: the id of the record that is updated', ['data.id'])),
  values: Type.Optional(
    template('change: the fields, as in a request of their own', ['{ "status": "published" }']),
  ),
  minutes: Type.Optional(
    Type.Integer({ minimum: 1, maximum: minutesMax, description: 'wait: how long, up to 30 days' }),
  ),
  condition: Type.Optional(
    condition('stop_if: by the variables of the trigger, `steps` and `input`', ['data.status == "draft"']),
  ),
}

const StepInput = closed({ ...stepFields, headers: Clearable(Headers) }, { title: 'AutomationStepInput' })
const Step = closed(
  {
    ...stepFields,
    header_names: Type.Optional(
      Type.Array(Type.String(), { description: 'send: names of the header fields that it sends' }),
    ),
  },
  { title: 'AutomationStep' },
)

export const automationSorts = ['-created_at', 'created_at'] as const

/** @param names the event types that can begin a run */
export function automationSchemas(names: readonly string[]) {
  const chosen = [...names, ...patternsFor(names)]
  const Trigger = closed(triggerFields(Growing(chosen)), { title: 'AutomationTrigger' })
  const TriggerInput = closed(triggerFields(OneOf(chosen)), { title: 'AutomationTriggerInput' })
  const Steps = Type.Array(StepInput, {
    minItems: 1,
    maxItems: stepsMax,
    description: 'Carried out in this order',
  })
  return {
    filters: closed({
      enabled: Type.Optional(Type.Boolean({ description: 'Only those that are switched on, or off' })),
      owner_id: Type.Optional(Type.Integer({ ...Id, description: 'Only those that this user owns' })),
    }),
    full: closed(
      {
        id: Id,
        name: Name,
        description: Description,
        enabled: Enabled,
        trigger: Trigger,
        steps: Type.Array(Step),
        owner_id: Type.Integer({
          ...Id,
          description: 'Its steps are carried out with the rights of this user',
        }),
        credential_id: Nullable({
          ...Id,
          description:
            'The credential that created it or last changed what it does: it does nothing that this credential may not do now. Null if a person did',
        }),
        problem: Nullable(
          Growing(problems, {
            description:
              'Why it can do nothing now: owner_inactive: its owner may not sign in; owner_lacks_scope: the owner, or the credential, may not read some of the events; credential_ended',
          }),
        ),
        next_run_at: Nullable(
          Type.String({ ...Timestamp, description: 'Of a schedule that is switched on' }),
        ),
        created_at: Timestamp,
        updated_at: Timestamp,
      },
      { title: 'Automation' },
    ),
    create: closed(
      {
        name: Name,
        description: Clearable(Type.String({ ...Description, default: '' })),
        enabled: Clearable(Type.Boolean({ ...Enabled, default: false })),
        trigger: TriggerInput,
        steps: Steps,
        owner_id: Clearable(Id),
      },
      { title: 'AutomationCreate' },
    ),
    update: closed(
      {
        name: Type.Optional(Name),
        description: Clearable(Description),
        enabled: Clearable(Enabled),
        trigger: Type.Optional(TriggerInput),
        steps: Type.Optional(Steps),
        owner_id: Clearable(Id),
      },
      { title: 'AutomationUpdate' },
    ),
  }
}

type Schemas = ReturnType<typeof automationSchemas>
export type Automation = Static<Schemas['full']>
export type AutomationCreate = Static<Schemas['create']>
export type AutomationUpdate = Static<Schemas['update']>
export type AutomationFilter = Static<Schemas['filters']>
export type StepInput = Static<typeof StepInput>
export type Step = Static<typeof Step>
export type Trigger = Static<Schemas['full']>['trigger']

/** Steps that go together with header fields, by the name of the step. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>
