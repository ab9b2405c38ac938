import type { User, UserCreate, UserUpdate } from 'comserv'
import { patchOf } from '../diff/field-changes.tsx'
import { type UserValues, valuesOf } from './user-form.tsx'

const profileNames = ['first_name', 'last_name', 'phone', 'bio'] as const

/** A new user, as the API takes one. */
export function createInput({ username, email, password, role, status, ...profile }: UserValues): UserCreate {
  return { username, email, password, role, status, profile: profileOf(profile) }
}

/** What the form changed, and nothing else: what somebody else changed beside it stays. */
export function updateInput(before: User, values: UserValues): UserUpdate {
  const { first_name, last_name, phone, bio, ...rest } = patchOf(valuesOf(before), values)
  const profile = profileOf({ first_name, last_name, phone, bio })
  return { ...rest, ...(Object.keys(profile).length > 0 ? { profile } : {}) } as UserUpdate
}

function profileOf(fields: Partial<Record<(typeof profileNames)[number], unknown>>) {
  return Object.fromEntries(
    profileNames.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name] || null]])),
  )
}
