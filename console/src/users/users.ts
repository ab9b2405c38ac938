import type { User, UserCreate, UserUpdate } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { type Kind, quoted } from '../record/kind.ts'
import { admin } from '../shell/page.tsx'

const path = '/console/users'

export const users: Kind<User, UserCreate, UserUpdate> = {
  plural: 'users',
  label: t('User'),
  path,
  trail: [...admin, { label: t('Users'), to: path }],
  guide: 'users',
  titleOf: ({ username }) => username,
  called: ({ username }) => quoted(username),
  calls: comserv.users,
}
