import { Type } from 'typebox'
import { Growing, Id } from '../api/schemas.ts'
import { eventsOf } from '../events/types.ts'
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
  },
})
