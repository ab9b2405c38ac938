import { useCatalog } from '../catalog/use-catalog.ts'
import { described } from '../i18n/descriptions.ts'
import { t } from '../i18n/t.ts'

/** What the catalog does not describe to people, in the words of the page that asked them. */
const own: Readonly<Record<string, string>> = {
  openid: t('Know who you are'),
  profile: t('See your username and role'),
  email: t('See your email address'),
  offline_access: t('Keep access while you are away'),
  read: t('Read users, documents and the event log'),
  write: t('Create, change and delete users and documents'),
  admin: t('Do everything that you can do, as an administrator'),
}

/** What a person allowed, in words. */
export function useScopeWords(): (scope: string) => string {
  const { scopes } = useCatalog()
  return (scope) => {
    const known = scopes.find(({ name }) => name === scope)
    return (Object.hasOwn(own, scope) ? own[scope] : known && described('scope', known)) ?? scope
  }
}
