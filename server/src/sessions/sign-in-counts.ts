/** How sign-ins ended, for the metrics of this process. */
export const signInOutcomes = ['signed_in', 'refused', 'second_step', 'wrong_code'] as const
export type SignInOutcome = (typeof signInOutcomes)[number]

export class SignInCounts {
  readonly all: Record<SignInOutcome, number> = { signed_in: 0, refused: 0, second_step: 0, wrong_code: 0 }

  count(outcome: SignInOutcome): void {
    this.all[outcome]++
  }
}
