import type { Static } from 'typebox'
import { listQuery } from '../api/paging.ts'
import { AnyObject, closed, Growing, Id, Nullable, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { stepTypes, triggerTypes } from './schema.ts'

const statuses = [
  'pending',
  'running',
  'waiting',
  'succeeded',
  'stopped',
  'failed',
  'cancelled',
  'cut',
] as const
export const runSorts = ['-created_at', 'created_at'] as const
export const dryRunEventsMax = 1_000

const runFields = {
  id: Id,
  automation_id: Id,
  trigger: Growing(triggerTypes),
  event_id: Nullable(Type.Integer({ ...Id, description: 'The event that began it' })),
  event_type: Nullable(Type.String()),
  started_by: Nullable(Type.Integer({ ...Id, description: 'The user who called `runAutomation`' })),
  depth: Type.Integer({
    description: 'How many runs caused each other, up to this one; deeper than 5 is cut',
  }),
  status: Growing(statuses, {
    description:
      'pending: waits for its first or next attempt; waiting: a step of the type `wait`; stopped: by `stop_if`; failed: can be resumed; cut: rules caused each other',
  }),
  reason: Nullable(
    Type.String({ description: 'Why it failed or was cut, in a word', examples: ['response'] }),
  ),
  error: Nullable(Type.String({ description: 'The same in a sentence' })),
  step: Nullable(Type.String({ description: 'The step that is next, or at which it ended' })),
  created_at: Timestamp,
  next_attempt_at: Nullable(Timestamp),
  finished_at: Nullable(Timestamp),
}

const Shown = Type.Unsafe<Record<string, unknown> | null>({
  type: ['object', 'null'],
  additionalProperties: true,
})

const Attempt = closed(
  {
    step: Type.String({ description: 'The name of the step' }),
    type: Growing(stepTypes),
    outcome: OneOf(['succeeded', 'failed', 'interrupted'], {
      description:
        'interrupted: the server stopped before it knew the outcome; the step was carried out again',
    }),
    error: Nullable(Type.String()),
    input: Type.Unsafe<Record<string, unknown> | null>({
      ...Shown,
      description:
        'What was sent, mailed or changed, without the values of header fields; null when the person it was about was erased, and for callers who may not read the event',
    }),
    output: Type.Unsafe<Record<string, unknown> | null>({
      ...Shown,
      description: 'What came out of it: the `steps.NAME` of later steps. Null as above',
    }),
    started_at: Timestamp,
    duration_ms: Type.Integer(),
  },
  { title: 'AutomationAttempt' },
)

export const Run = closed(runFields, { title: 'AutomationRun' })
export const RunPage = PageOf(Run)
export const RunWithAttempts = closed(
  { ...runFields, attempts: Type.Array(Attempt, { description: 'Of all steps, oldest first' }) },
  { title: 'AutomationRunWithAttempts' },
)

export const RunListQuery = closed({
  ...listQuery(runSorts),
  automation_id: Type.Optional(Id),
  status: Type.Optional(OneOf(statuses)),
  event_id: Type.Optional(Type.Integer({ ...Id, description: 'Only those that this event began' })),
})

export const RunStart = closed(
  {
    input: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        ...AnyObject,
        maxProperties: 50,
        description: 'For the templates and conditions of the steps, as `input`',
      }),
    ),
  },
  { title: 'AutomationRunStart' },
)

export const DryRunQuery = closed(
  {
    events: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: dryRunEventsMax,
        default: dryRunEventsMax,
        description: 'How many of the last events are looked at',
      }),
    ),
  },
  { title: 'AutomationDryRunStart' },
)

const DryStep = closed(
  {
    step: Type.String({ description: 'The name of the step' }),
    type: Growing(stepTypes),
    outcome: OneOf(['would_act', 'would_stop', 'would_fail'], {
      description: 'Steps after one that would stop the run or fail are not looked at',
    }),
    error: Nullable(Type.String()),
    input: Type.Unsafe<Record<string, unknown> | null>({
      ...Shown,
      description: 'What would be sent, mailed or changed',
    }),
  },
  { title: 'AutomationDryStep' },
)

export const DryRun = closed(
  {
    examined: Type.Integer({ description: 'Events of its types that you and the owner may read' }),
    matched: Type.Integer({ description: 'Those that would have begun a run' }),
    failed: Type.Integer({ description: 'Those on which its condition fails' }),
    runs: Type.Array(
      closed(
        {
          event_id: Nullable({ ...Id, description: 'Null where no event begins the run' }),
          event_type: Nullable(Type.String()),
          occurred_at: Nullable(Timestamp),
          steps: Type.Array(DryStep),
        },
        { title: 'AutomationDryRunOfEvent' },
      ),
      { description: 'The newest 20 runs. Steps have no output, because nothing was done' },
    ),
  },
  { title: 'AutomationDryRun' },
)

export type Run = Static<typeof Run>
export type RunWithAttempts = Static<typeof RunWithAttempts>
export type RunFilter = Pick<Static<typeof RunListQuery>, 'automation_id' | 'status' | 'event_id'>
export type RunStart = Static<typeof RunStart>
export type DryRun = Static<typeof DryRun>
export type DryStep = Static<typeof DryStep>
