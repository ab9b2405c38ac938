/** The rate limit of a credential, the lowest first; its figures are settings of the server. */
export const tiers = ['standard', 'premium'] as const
export type Tier = (typeof tiers)[number]

/** Whether one tier allows more requests than another; both as the database holds them. */
export function isAbove(tier: string, limit: string): boolean {
  return tiers.indexOf(tier as Tier) > tiers.indexOf(limit as Tier)
}
