import type { User } from 'comserv'
import { t } from '../i18n/t.ts'

const names = ['first_name', 'last_name', 'phone', 'bio'] as const

type Profile = { [name in (typeof names)[number]]: string }

/** The API's names for the fields of a form. */
export const profileApiNames = Object.fromEntries(names.map((name) => [`profile.${name}`, name]))

export const profileLabels = {
  first_name: t('First name'),
  last_name: t('Last name'),
  phone: t('Phone'),
  bio: t('About', { context: 'person' }),
}

export function profileValues(user?: User): Profile {
  const { first_name, last_name, phone, bio } = user?.profile ?? {}
  return { first_name: first_name ?? '', last_name: last_name ?? '', phone: phone ?? '', bio: bio ?? '' }
}

/** As the API accepts it; empty fields are cleared, absent ones stay unchanged. */
export function withProfile<T extends Partial<Profile>>({ first_name, last_name, phone, bio, ...rest }: T) {
  const given = { first_name, last_name, phone, bio }
  const profile = Object.fromEntries(
    names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name] || null]])),
  )
  return { ...rest, ...(Object.keys(profile).length > 0 ? { profile } : {}) }
}
