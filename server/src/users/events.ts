import type { Static } from 'typebox'
import { Growing, Id } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { eventsOf, type Occurrence } from '../events/types.ts'
import { RoleName } from '../roles/schema.ts'
import { userStatuses } from './schema.ts'

const UserData = Type.Object({
  id: Id,
  username: Type.String(),
  email: Type.String(),
  role: RoleName,
  status: Growing(userStatuses),
})

export const userEvents = eventsOf('user', {
  reads: 'users:read',
  isPersonal: true,
  data: UserData,
  example: { id: 99, username: 'newuser', email: 'newuser@example.org', role: 'normal', status: 'active' },
  types: {
    created: 'New user registration',
    updated: { description: 'User profile update', example: { role: 'editor' } },
    deleted: 'User deleted; the data is its state before deletion',
    erased: {
      description: 'User erased permanently; the names in the data are placeholders. Delete your copies',
      example: { id: 99, username: 'erased-99', email: 'erased-99@erased.invalid', status: 'suspended' },
    },
  },
})

/**
 * What programs learn of an erasure, with the names that are left: as a deletion, where the user was not deleted before,
 * and as an erasure.
 */
export function eventsOfErased(
  { id, username, email, role, status }: Static<typeof UserData>,
  wasDeleted: boolean,
): Occurrence[] {
  const names = wasDeleted ? (['erased'] as const) : (['deleted', 'erased'] as const)
  return names.map((name) => {
    const { type, data } = userEvents.occurred(name, { id, username, email, role, status })
    // The key of the person is destroyed, and nothing of the person is in it.
    return { type: { ...type, isPersonal: false }, data }
  })
}
