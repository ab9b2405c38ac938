import { recordRoutes } from '../record/routes.tsx'

/** Loaded together: who opens one of these pages opens the next. */
const pages = () => import('./pages.ts')

export const credentialRoutes = recordRoutes('developer/credentials', undefined, 'credentials:write', {
  list: async () => (await pages()).CredentialsPage,
  record: async () => (await pages()).CredentialPage,
  create: async () => (await pages()).NewCredentialPage,
  edit: async () => (await pages()).EditCredentialPage,
})
