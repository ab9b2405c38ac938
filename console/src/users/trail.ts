import { admin } from '../shell/page.tsx'

export const usersTrail = [...admin, { label: 'Users', to: '/console/users' }]
