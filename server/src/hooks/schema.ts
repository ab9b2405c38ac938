import type { Static } from 'typebox'
import { listQuery } from '../api/paging.ts'
import {
  AnyObject,
  Clearable,
  Count,
  closed,
  Growing,
  Id,
  Nullable,
  OneOf,
  PageOf,
  Timestamp,
} from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { exchangeFailures } from '../sending/failure.ts'
import { secretCharactersMax, secretCharactersMin } from '../sending/signature.ts'
import { callErrors, callOutcomes, hookActionNames } from './actions.ts'

export const hooksMax = 20
export const hookDefaults = {
  description: '',
  timeout_ms: 1_000,
  on_failure: 'refuse',
  status: 'active',
} as const

const Url = Type.String({
  format: 'uri',
  minLength: 1,
  maxLength: 2048,
  description: 'Called by POST before the change; https, and not an address inside a private network',
  examples: ['https://example.com/hooks/comserv'],
})
const Description = Type.String({ maxLength: 500, text: 'lines' })
const Actions = Type.Array(OneOf(hookActionNames), {
  minItems: 1,
  maxItems: hookActionNames.length,
  uniqueItems: true,
  description: 'The changes before which it is called',
})
const Timeout = Type.Integer({
  minimum: 100,
  maximum: 5_000,
  description: 'Milliseconds that the change waits for the response, from the connection to the last byte',
})
const OnFailure = OneOf(['refuse', 'allow'], {
  description:
    'What happens without a valid response, such as after a timeout: `refuse` ends the change with a 503, `allow` makes it as it was sent',
})
const Status = OneOf(['active', 'paused'], { description: 'A paused hook is not called' })
const Secret = Type.String({
  minLength: secretCharactersMin,
  maxLength: secretCharactersMax,
  pattern: '^\\S+$',
  patternError: 'must not contain spaces or line breaks',
  description:
    'Signs every call, 16 to 256 visible characters; generated unless given. Shown only in the response that creates it',
})
const ShownSecret = Type.String({ description: 'Shown in this response, and never again' })

const Health = closed(
  {
    state: OneOf(['untested', 'healthy', 'failing'], {
      description: 'failing: the last call failed. A refusal is no failure',
    }),
    consecutive_failures: Type.Integer({
      ...Count,
      description: 'Failed calls since the last that succeeded',
    }),
    failing_since: Nullable(Timestamp),
    last_success_at: Nullable(Timestamp),
    last_failure_at: Nullable(Timestamp),
    circuit: OneOf(['closed', 'open', 'half_open'], {
      description:
        'After five failures in a row it is not called while this is open, which counts as a failure; half open lets one call try',
    }),
    circuit_open_until: Nullable(Timestamp),
  },
  { title: 'HookHealth' },
)

const fields = {
  id: Type.Integer({ ...Id, description: 'Hooks are called in the order of their ids' }),
  url: Url,
  description: Description,
  actions: Type.Array(Growing(hookActionNames)),
  timeout_ms: Timeout,
  on_failure: OnFailure,
  status: Status,
  previous_secret_expires_at: Nullable(
    Type.String({ ...Timestamp, description: 'Until then, the secret before the last rotation signs, too' }),
  ),
  health: Health,
  created_at: Timestamp,
  updated_at: Timestamp,
}

export const Hook = closed(fields, { title: 'Hook' })
export const HookWithSecret = closed({ ...fields, secret: ShownSecret }, { title: 'HookWithSecret' })

export const HookCreate = closed(
  {
    url: Url,
    actions: Actions,
    description: Clearable(Type.String({ ...Description, default: hookDefaults.description })),
    timeout_ms: Clearable(Type.Integer({ ...Timeout, default: hookDefaults.timeout_ms })),
    on_failure: Clearable(
      Type.Unsafe<Static<typeof OnFailure>>({ ...OnFailure, default: hookDefaults.on_failure }),
    ),
    status: Clearable(Type.Unsafe<Static<typeof Status>>({ ...Status, default: hookDefaults.status })),
    secret: Clearable(Secret),
  },
  { title: 'HookCreate' },
)

export const HookUpdate = closed(
  {
    url: Type.Optional(Url),
    actions: Type.Optional(Actions),
    description: Clearable(Description),
    timeout_ms: Clearable(Timeout),
    on_failure: Clearable(OnFailure),
    status: Clearable(Status),
  },
  { title: 'HookUpdate' },
)

/** The orders of both lists; the first is the default. */
export const hookSorts = ['created_at', '-created_at'] as const
export const callSorts = ['-created_at', 'created_at'] as const

export const overlapHoursDefault = 24
export const HookSecretRotate = closed(
  {
    secret: Clearable(Secret),
    overlap_hours: Clearable(
      Type.Integer({
        minimum: 0,
        maximum: 168,
        default: overlapHoursDefault,
        description: 'How long the old secret keeps signing beside the new one',
      }),
    ),
  },
  { title: 'HookSecretRotate' },
)

const Action = Growing(hookActionNames)
const Outcome = Growing(callOutcomes, {
  description:
    'changed: allowed with another input; failed: no valid response, so that `on_failure` of the hook decided',
})
const CallError = Nullable(
  Growing([...callErrors, ...exchangeFailures], {
    description:
      'Why the call failed; null if it did not. circuit_open, busy, too_late: the hook was not called, because it kept failing, too many calls waited for it, or other hooks had taken the time; status: the response was not 2xx; invalid_response: it was not understood; invalid_input: it changed the input to something that the caller may not send',
  }),
)

const listedCall = {
  id: Id,
  hook_id: Id,
  action: Action,
  target_id: Nullable(
    Type.Integer({ ...Id, description: 'The user or document to be changed; null for a create' }),
  ),
  actor: closed(
    { type: Type.String(), id: Nullable(Id) },
    { title: 'HookCaller', description: 'Who made the request' },
  ),
  request_id: Nullable(Type.String({ description: 'The `X-Request-Id` of the request; null without one' })),
  test: Type.Boolean({ description: 'Whether it was a test: nothing was to be changed' }),
  created_at: Timestamp,
  duration_ms: Type.Integer({ ...Count, description: 'Milliseconds' }),
  outcome: Outcome,
  error: CallError,
  proceeded: Type.Boolean({ description: 'Whether the change went on' }),
  response_status: Nullable(Type.Integer({ description: 'HTTP status; null without a response' })),
}

export const ListedHookCall = closed(listedCall, { title: 'ListedHookCall' })
export const HookCall = closed(
  {
    ...listedCall,
    input: Nullable(
      Type.String({
        description:
          'The input that the hook was sent, as JSON, at most 16 KiB; null after the erasure of the person it was about',
      }),
    ),
    input_truncated: Type.Boolean(),
    response_body: Nullable(
      Type.String({ description: 'At most 16 KiB; null without a response, and after an erasure' }),
    ),
    response_truncated: Type.Boolean(),
  },
  { title: 'HookCall' },
)
export const HookCallPage = PageOf(ListedHookCall)
export const HookCallListQuery = closed({
  ...listQuery(callSorts),
  hook_id: Type.Optional(Id),
  outcome: Type.Optional(OneOf(callOutcomes)),
})

export const HookTest = closed(
  {
    action: OneOf(hookActionNames),
    record_id: Clearable(
      Type.Integer({
        ...Id,
        description: 'The user or document to be changed; required unless the action is a create',
      }),
    ),
    input: Clearable({
      ...AnyObject,
      description: 'What a request would send; a sample for a create, and nothing otherwise, unless given',
    } as typeof AnyObject),
  },
  { title: 'HookTest' },
)
export const HookTested = closed(
  {
    outcome: OneOf(callOutcomes),
    error: CallError,
    refusal: Nullable(Type.String({ description: 'What a caller would read; null unless refused' })),
    input: Nullable({
      ...AnyObject,
      description: 'What the change would be made with; null unless it was allowed',
    } as typeof AnyObject),
    duration_ms: Count,
    response_status: Nullable(Type.Integer()),
    response_body: Nullable(Type.String({ description: 'At most 16 KiB' })),
  },
  { title: 'HookTested' },
)

export type Hook = Static<typeof Hook>
export type HookCreate = Static<typeof HookCreate>
export type HookUpdate = Static<typeof HookUpdate>
export type HookSecretRotate = Static<typeof HookSecretRotate>
export type ListedHookCall = Static<typeof ListedHookCall>
export type HookCall = Static<typeof HookCall>
export type HookTest = Static<typeof HookTest>
export type HookTested = Static<typeof HookTested>
