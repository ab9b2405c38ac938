/** The changes before which hooks are called, each with what it is. */
export const hookActions = {
  'user.create': 'A user is to be created',
  'user.update': 'A user is to be changed, or restored from the trash',
  'document.create': 'A document is to be created',
  'document.update': 'A document is to be changed, or restored from the trash',
  'document.publish':
    'A document is to be published: by a create, by an update, or at its `publish_at`. Called after the hooks for the create or update',
} as const

export type HookAction = keyof typeof hookActions

export const hookActionNames = Object.keys(hookActions) as HookAction[]

/** Why a call failed. `circuit_open`, `busy` and `too_late`: the hook was not called at all. */
export const callErrors = [
  ...(['circuit_open', 'busy', 'too_late', 'status', 'invalid_response', 'invalid_input'] as const),
] as const

export const callOutcomes = ['allowed', 'changed', 'refused', 'failed'] as const
export type CallOutcome = (typeof callOutcomes)[number]
