import type { Role, UserStatus } from 'comserv'

/** What each role may do, in the words of whoever hands it out. */
export const roles: readonly { value: Role; label: string; explains: string }[] = [
  { value: 'normal', label: 'Normal', explains: 'Reads published documents' },
  {
    value: 'editor',
    label: 'Editor',
    explains: 'Writes and publishes documents, and sees who the users are',
  },
  {
    value: 'developer',
    label: 'Developer',
    explains: 'Makes keys and webhooks of their own, reads users and documents',
  },
  { value: 'admin', label: 'Administrator', explains: 'Everything, other administrators included' },
]

export const userStatuses: readonly { value: UserStatus; label: string }[] = [
  { value: 'active', label: 'Active' },
  { value: 'inactive', label: 'Inactive' },
  { value: 'suspended', label: 'Suspended' },
]

export function roleLabel(role: string): string {
  return roles.find(({ value }) => value === role)?.label ?? role
}
