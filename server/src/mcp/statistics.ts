/** How the call of a tool ended. `crowded`: the caller had too many under way. */
export type CallOutcome = 'succeeded' | 'asked' | 'refused' | 'crowded' | 'failed'

/** Calls of tools since the process began, by tool and outcome. */
export class ToolCalls {
  readonly counts = new Map<string, number>()

  count(tool: string, outcome: CallOutcome): void {
    const key = `${tool} ${outcome}`
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
  }
}

/** Of the result of a call, which did not throw. */
export function outcomeOf(result: object): CallOutcome {
  if ('isError' in result) return 'refused'
  return 'inputRequests' in result ? 'asked' : 'succeeded'
}
